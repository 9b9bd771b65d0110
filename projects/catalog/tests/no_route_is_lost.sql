-- Joins drop rows silently; this says which.
select r.route_id
from {{ ref('stg_routes') }} r
left join {{ ref('routes') }} m on m.route_id = r.route_id
where m.route_id is null

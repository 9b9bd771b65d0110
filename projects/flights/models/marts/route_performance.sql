-- One row per route that was flown.
{{ config(materialized='table') }}

select
  route_id,
  any_value(origin) as origin,
  any_value(destination) as destination,
  any_value(distance_miles) as distance_miles,
  count(*) as flights,
  count(*) filter (where is_late) as late_flights,
  {{ safe_divide('count(*) filter (where is_late)', 'count(*)') }} as late_share,
  round(avg(delay_minutes), 1) as average_delay_minutes
from {{ ref('stg_flights') }}
group by route_id

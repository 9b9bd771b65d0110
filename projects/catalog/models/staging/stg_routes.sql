select route_id, origin, destination, cast(opened_on as date) as opened_on
from {{ ref('raw_routes') }}

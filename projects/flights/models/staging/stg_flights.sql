-- One row per flight, with the names and measures the rest of the project uses.
select
  flight_id,
  departed_at,
  cast(departed_at as date) as flight_date,
  origin || '-' || destination as route_id,
  origin,
  destination,
  distance_miles,
  delay_minutes,
  delay_minutes > {{ var('late_after_minutes') }} as is_late
from {{ ref('raw_flights') }}

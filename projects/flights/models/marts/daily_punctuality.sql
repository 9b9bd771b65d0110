-- One row per day and airport of departure.
{{ config(materialized='table') }}

select
  flight_date,
  origin,
  count(*) as flights,
  {{ safe_divide('count(*) filter (where is_late)', 'count(*)') }} as late_share
from {{ ref('stg_flights') }}
group by flight_date, origin

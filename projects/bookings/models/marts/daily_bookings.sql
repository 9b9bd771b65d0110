-- One row per day of booking. Incremental: a run computes the days that can still change and keeps the rest as they are.
-- `mesh run --full-refresh` computes all of them.
{{ config(materialized='incremental', unique_key='day', incremental_strategy='delete+insert') }}

select
  booked_on as day,
  count(*) as bookings,
  cast(sum(seats) as bigint) as seats,
  count(*) filter (where status = 'cancelled') as cancelled
from {{ ref('stg_bookings') }}
{% if is_incremental() %}
where booked_on > (select max(day) from {{ this }}) - {{ var('settled_after_days') }}
{% endif %}
group by booked_on

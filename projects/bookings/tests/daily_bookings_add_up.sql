-- The incremental table must equal what a full build would give, or its rows were computed too early.
{{ config(severity='warn') }}
with fresh as (
  select booked_on as day, count(*) as bookings, count(*) filter (where status = 'cancelled') as cancelled
  from {{ ref('stg_bookings') }}
  group by booked_on
)
select day, f.bookings as expected, d.bookings as kept
from fresh f
full join {{ ref('daily_bookings') }} d using (day)
where f.bookings is distinct from d.bookings or f.cancelled is distinct from d.cancelled

-- One row per booking, with what its extras add up to.
with extras as (
  select booking_id, count(*) as extras, sum(amount) as amount
  from {{ ref('raw_booking_extras') }}
  group by booking_id
)
select
  b.booking_id,
  b.customer_id,
  b.route_id,
  b.travel_date,
  {{ utc_day('b.booked_at') }} as booked_on,
  b.seats,
  b.amount as fare,
  coalesce(e.extras, 0) as extras,
  cast(b.amount + coalesce(e.amount, 0) as decimal(14, 2)) as amount,
  b.currency,
  b.status
from {{ ref('raw_bookings') }} b
left join extras e on e.booking_id = b.booking_id

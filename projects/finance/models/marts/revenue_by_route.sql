-- What each route earns, beside how often and how punctually it is flown: payments, bookings and flights in one table.
with earned as (
  select b.route_id, count(distinct b.booking_id) as bookings, sum(l.dollars) as net
  from {{ ref('bookings', 'bookings') }} b
  join {{ ref('ledger_in_dollars') }} l on l.booking_id = b.booking_id
  group by b.route_id
)
select
  e.route_id,
  p.origin,
  p.destination,
  e.bookings,
  e.net,
  p.flights,
  round({{ safe_divide('e.net', 'p.flights') }}, 2) as net_per_flight,
  p.late_share
from earned e
join {{ ref('flights', 'route_performance') }} p on p.route_id = e.route_id

-- One row per booking, with what other domains know of its customer and its route. A run reads one state of the
-- catalog and of the customers from its first step to its last, whatever they publish meanwhile.
{{ config(materialized='table') }}

select
  b.booking_id,
  b.customer_id,
  c.age_group,
  b.route_id,
  r.origin,
  r.destination,
  r.origin = c.home_airport as from_home,
  b.booked_on,
  b.travel_date,
  b.seats,
  b.extras,
  b.amount,
  b.currency,
  b.status
from {{ ref('stg_bookings') }} b
join {{ ref('customers', 'customers') }} c on c.customer_id = b.customer_id
join {{ ref('catalog', 'routes') }} r on r.route_id = b.route_id

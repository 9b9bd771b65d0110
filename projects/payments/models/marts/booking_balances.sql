-- What was paid and given back for each booking.
{{ config(materialized='table', publish='ledger') }}

select
  booking_id,
  any_value(currency) as currency,
  coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid,
  coalesce(-sum(amount) filter (where kind = 'refund'), 0) as refunded,
  sum(amount) as net
from {{ ref('ledger') }}
group by booking_id

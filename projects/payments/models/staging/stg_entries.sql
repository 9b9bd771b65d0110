-- Payments and refunds as entries of one ledger: money in is positive, money back is negative.
select
  'P' || payment_id as entry_id,
  'payment' as kind,
  booking_id,
  amount,
  currency,
  paid_at as happened_at
from {{ ref('raw_payments') }}
union all
select
  'R' || r.refund_id,
  'refund',
  p.booking_id,
  cast(-r.amount as decimal(12, 2)),
  p.currency,
  r.refunded_at
from {{ ref('raw_refunds') }} r
join {{ ref('raw_payments') }} p on p.payment_id = r.payment_id

-- One row per day on which money moved.
select
  day,
  coalesce(sum(dollars) filter (where kind = 'payment'), 0) as paid,
  coalesce(-sum(dollars) filter (where kind = 'refund'), 0) as refunded,
  sum(dollars) as net
from {{ ref('ledger_in_dollars') }}
group by day

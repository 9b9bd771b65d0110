-- The payments domain's ledger, each entry in dollars at the rate of its day.
{{ config(materialized='view') }}

select
  l.entry_id,
  l.kind,
  l.booking_id,
  {{ utc_day('l.happened_at') }} as day,
  {{ in_dollars('l.amount', 'r.per_dollar') }} as dollars
from {{ ref('payments', 'ledger') }} l
join {{ ref('fx_rates') }} r
  on r.currency = l.currency
  and r.day = {{ utc_day('l.happened_at') }}

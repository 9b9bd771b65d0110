-- One row per movement of money. Rows never change, so a run only adds those of the last two days it does not have yet.
-- `publish`: readers see a new ledger and new balances at the same moment, or neither.
{{ config(materialized='incremental', unique_key='entry_id', incremental_strategy='merge', publish='ledger') }}

select entry_id, kind, booking_id, amount, currency, happened_at
from {{ ref('stg_entries') }}
{% if is_incremental() %}
where happened_at > (select max(happened_at) from {{ this }}) - interval 2 day
{% endif %}

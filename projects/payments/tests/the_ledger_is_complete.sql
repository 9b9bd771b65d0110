-- Every entry of the stores is in the ledger, whenever it got there.
select e.entry_id, e.happened_at
from {{ ref('stg_entries') }} e
left join {{ ref('ledger') }} l on l.entry_id = e.entry_id
where l.entry_id is null

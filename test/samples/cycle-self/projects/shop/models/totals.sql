select 1 as a
union all
select a from {{ ref('totals') }}

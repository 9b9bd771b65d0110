with b as (
  select * from {{ ref('base') }}
)
select id, b.amount from b

-- How many members each tier has, by age group.
select m.tier, c.age_group, count(*) as members, sum(m.points) as points
from {{ ref('raw_members') }} m
join {{ ref('customers', 'customers') }} c on c.customer_id = m.customer_id
group by m.tier, c.age_group

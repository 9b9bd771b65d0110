-- Two ways to count the same money: by route and by day. A difference means rows were lost in a join.
with by_route as (select sum(net) as net from {{ ref('revenue_by_route') }}),
     by_day as (select sum(net) as net from {{ ref('daily_revenue') }})
select by_route.net as by_route, by_day.net as by_day
from by_route cross join by_day
where by_route.net is distinct from by_day.net

-- A test in SQL: the rows it returns are the failures. No flight may be lost between the store and the mart.
with counted as (select sum(flights) as flights from {{ ref('route_performance') }}),
     stored as (select count(*) as flights from {{ ref('raw_flights') }})
select counted.flights as in_mart, stored.flights as in_store
from counted cross join stored
where counted.flights is distinct from stored.flights

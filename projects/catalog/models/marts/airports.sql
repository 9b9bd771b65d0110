-- The airports somebody can fly from, with how many routes leave them.
{{ config(materialized='table') }}

select a.iata, a.name, a.city, a.state, a.country, a.latitude, a.longitude, count(*) as routes
from {{ ref('stg_airports') }} a
join {{ ref('stg_routes') }} r on r.origin = a.iata
group by all

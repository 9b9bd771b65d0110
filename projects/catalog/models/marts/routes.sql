-- One row per route, with where it leads and how far it is.
{{ config(materialized='table') }}

select
  r.route_id,
  r.origin,
  origin.city as origin_city,
  r.destination,
  destination.city as destination_city,
  d.miles,
  r.opened_on
from {{ ref('stg_routes') }} r
join {{ ref('route_distances') }} d on d.route_id = r.route_id
join {{ ref('stg_airports') }} origin on origin.iata = r.origin
join {{ ref('stg_airports') }} destination on destination.iata = r.destination

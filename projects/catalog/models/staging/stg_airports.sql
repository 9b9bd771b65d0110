-- Airports, with the service's "NA" turned into NULL.
select
  iata,
  name,
  nullif(city, 'NA') as city,
  nullif(state, 'NA') as state,
  country,
  latitude,
  longitude
from {{ ref('raw_airports') }}

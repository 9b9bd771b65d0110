-- What other domains may know of a customer: nothing that tells who it is.
{{ config(materialized='table') }}

select
  customer_id,
  home_airport,
  {{ age_group('birth_date', 'joined_on') }} as age_group,
  joined_on,
  marketing_consent
from {{ ref('stg_customers') }}

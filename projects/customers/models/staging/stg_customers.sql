select
  customer_id,
  full_name,
  lower(email) as email,
  birth_date,
  home_airport,
  marketing_consent,
  {{ utc_day('created_at') }} as joined_on
from {{ ref('raw_customers') }}

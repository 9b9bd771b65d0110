-- People who agreed to get mail. protected (the default): no other project can read it.
select customer_id, full_name, email
from {{ ref('stg_customers') }}
where marketing_consent

select
  lenght(customer) as n
from {{ ref('orders') }}

select
  id,
  amont * 2 as double_amount
from {{ ref('orders') }}

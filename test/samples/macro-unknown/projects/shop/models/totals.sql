select
  id,
  {{ to_cent('amount') }} as cents
from {{ ref('orders') }}

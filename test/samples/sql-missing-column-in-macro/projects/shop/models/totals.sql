select {{ cents() }} as cents
from {{ ref('orders') }}

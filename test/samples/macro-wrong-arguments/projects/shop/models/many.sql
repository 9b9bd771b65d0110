select {{ to_cents('amount', scal=3) }} as cents
from {{ ref('orders') }}

select a.id, b.id, a.amount
from {{ ref('orders') }} a join {{ ref('orders') }} b on a.id = b.id

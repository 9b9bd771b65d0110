select id
from {{ ref('orders') }}
where placed_at > 5

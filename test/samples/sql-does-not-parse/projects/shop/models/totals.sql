select id, sum(amount) as total
from {{ ref('orders') }}
group id

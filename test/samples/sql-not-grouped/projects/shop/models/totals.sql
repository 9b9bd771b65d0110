select customer, id, sum(amount) as total
from {{ ref('orders') }}
group by customer

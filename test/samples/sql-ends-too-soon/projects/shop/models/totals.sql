select count(*) as n
from {{ ref('orders') }}
where (amount > 1

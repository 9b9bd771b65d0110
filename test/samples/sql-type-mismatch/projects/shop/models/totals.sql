select sum(customer) as total from {{ ref('orders') }}

select id, amount as total from {{ ref('orders') }}

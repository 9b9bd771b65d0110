select x.id from {{ ref('orders') }} o

select id, customer from {{ ref('orders') }}

select id, customer, amount, placed_at from {{ ref('orders') }}

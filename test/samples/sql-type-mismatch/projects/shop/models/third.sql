select id + [1] as x from {{ ref('orders') }}

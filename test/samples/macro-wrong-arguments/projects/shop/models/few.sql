select {{ to_cents() }} as cents from {{ ref('orders') }}

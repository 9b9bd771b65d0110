select {{ to_cents('amount') }} as cents, custmer from {{ ref('orders') }}

select id
from {{ ref('orders') }}
where placed_at >= '{{ var('frist_day') }}'

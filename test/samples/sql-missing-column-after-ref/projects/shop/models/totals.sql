select 'café ☕ 🙂' as x from {{ ref('orders') }} o where o.custmer = 'ann'

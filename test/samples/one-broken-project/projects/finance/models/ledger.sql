select * from {{ ref('shop', 'broken') }}

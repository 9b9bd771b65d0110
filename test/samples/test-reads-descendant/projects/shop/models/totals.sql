select count(*) as n, min(id) as id from {{ ref('base') }}

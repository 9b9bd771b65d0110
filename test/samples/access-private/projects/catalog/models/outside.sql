select a from {{ ref('routes') }}

select a from {{ ref('rates') }}

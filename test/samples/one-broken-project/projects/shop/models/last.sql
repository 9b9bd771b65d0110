select * from {{ ref('after') }}

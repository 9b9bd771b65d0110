select dbt_valid_too from {{ ref('history') }}

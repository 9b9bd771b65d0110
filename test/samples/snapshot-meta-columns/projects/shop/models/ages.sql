select id, dbt_valid_to - dbt_valid_from as age, dbt_updated_at, dbt_scd_id from {{ ref('history') }}

{{ config(
    materialized='incremental', incremental_strategy='merge', unique_key='id',
    merge_update_columns=['id'], merge_exclude_columns=['id']
) }}
select id from {{ ref('orders') }}

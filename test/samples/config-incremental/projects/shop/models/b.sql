{{ config(materialized='incremental', unique_key='idd') }}
select id from {{ ref('orders') }}

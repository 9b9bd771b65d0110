{{ config(materialized='table', description='One row.') }}
select 1 as a

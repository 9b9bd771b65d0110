{{ config(
    materialized='table',
    access='open'
) }}
select 1 as a

{{ config(materialized='incremental') }}
select id from {{ ref('orders') }}
where id > (select max(id) from {{ this }})

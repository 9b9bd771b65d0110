{{ config(schedule='fresh') }}
select count(*) as n from {{ ref('sales', 'orders') }}

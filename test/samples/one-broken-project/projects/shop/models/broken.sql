{{ config(access='public') }}
select idd from {{ ref('orders') }}

{{ config(access='public') }}
select x from {{ ref('left', 'a') }}

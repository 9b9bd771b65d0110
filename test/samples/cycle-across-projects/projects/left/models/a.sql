{{ config(access='public') }}
select x from {{ ref('right', 'b') }}

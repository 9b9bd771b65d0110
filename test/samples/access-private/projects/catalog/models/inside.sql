{{ config(group='core') }}
select a from {{ ref('routes') }}

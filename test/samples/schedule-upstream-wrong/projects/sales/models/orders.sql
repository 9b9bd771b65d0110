{{ config(access='public', schedule='nightly') }}
select 1 as id

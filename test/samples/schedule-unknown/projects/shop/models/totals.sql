{{ config(schedule='nightli') }}
select 1 as a

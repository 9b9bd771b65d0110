{{ config(schedule='alone') }}
select 1 as a

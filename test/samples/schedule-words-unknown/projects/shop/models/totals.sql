{{ config(timeout='an hour', pools=['Heavy']) }}
select 1 as a

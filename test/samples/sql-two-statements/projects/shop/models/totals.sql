create table x as select 1 as a;
select 1 as a

{% include 'x.sql' %}
select 1 as a

{#
  A query of one row per day (or week, month, hour …) from `start` up to, not including, `end`: the column `moment`.

      with days as ({{ date_spine("date '2024-01-01'", "date '2024-02-01'") }})
      select days.moment, count(o.id) as orders from days left join orders o on o.day = days.moment group by 1

  start, end: expressions of type date or timestamp. unit: hour, day, week, month, quarter or year.
#}
{% macro date_spine(start, end, unit='day') -%}
{%- if unit not in ['hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
  {{ exceptions.raise_compiler_error("date_spine knows the units hour, day, week, month, quarter and year, not '" ~ unit ~ "'.") }}
{%- endif -%}
  {%- set interval = "interval '3 months'" if unit == 'quarter' else "interval '1 " ~ unit ~ "'" %}
  {#- Every row counts from the start: adding a month twice to January 31 would end on the 28th or 29th. #}
  select cast(cast({{ start }} as timestamp) + step * {{ interval }} as {{ 'timestamp' if unit == 'hour' else 'date' }}) as moment
  from unnest(range(0, date_diff('{{ unit }}', cast({{ start }} as timestamp), cast({{ end }} as timestamp)) + 1)) as spine(step)
  where cast({{ start }} as timestamp) + step * {{ interval }} < cast({{ end }} as timestamp)
{%- endmacro %}

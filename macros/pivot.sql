{#
  One column per value: the select list that turns rows into columns. The values are named, so the table's columns never
  depend on the data.

      select day, {{ pivot('status', ['paid', 'open'], value='amount') }} from {{ ref('orders') }} group by day

  column: the column whose values become columns. values: a list of texts or numbers.
  value: what is aggregated, 1 to count rows. agg: sum, min, max, avg or count. prefix, suffix: around the column's name.
#}
{% macro pivot(column, values, value=1, agg='sum', prefix='', suffix='') -%}
{%- if values is string or not values -%}
  {{ exceptions.raise_compiler_error("pivot needs a list of values, such as ['paid', 'open'].") }}
{%- endif -%}
{%- for one in values -%}
  {%- set literal = "'" ~ one | replace("'", "''") ~ "'" if one is string else one -%}
  {%- set name = prefix ~ one ~ suffix -%}
  {{ agg }}(case when {{ column }} = {{ literal }} then {{ value }} end) as "{{ name | replace('"', '""') }}"{{ ', ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

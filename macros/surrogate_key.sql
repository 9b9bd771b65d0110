{#
  One text key out of several columns: the MD5 of their values. NULL and the empty text give different keys.

      select {{ surrogate_key(['order_id', 'line_no']) }} as order_line_key

  columns: a list of column names or expressions; the order counts.
#}
{% macro surrogate_key(columns) -%}
{%- if columns is string or columns is not iterable or columns | list | length == 0 -%}
  {{ exceptions.raise_compiler_error("surrogate_key needs a list of at least one column, such as ['order_id', 'line_no'].") }}
{%- endif -%}
  md5(
  {%- for column in columns -%}
    coalesce(cast({{ column }} as varchar), '_null_'){{ " || '-' || " if not loop.last }}
  {%- endfor -%}
  )
{%- endmacro %}

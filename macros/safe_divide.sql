{#
  A ratio that is NULL, not an error or infinity, when there is nothing to divide by. The result is a double.

      select {{ safe_divide('late_flights', 'flights') }} as late_share
#}
{% macro safe_divide(numerator, denominator) -%}
  (({{ numerator }}) / nullif(cast(({{ denominator }}) as double), 0))
{%- endmacro %}

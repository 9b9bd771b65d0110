{#
  An amount of a currency in dollars, to the cent.

      select {{ in_dollars('amount', 'per_dollar') }} as dollars
#}
{% macro in_dollars(amount, per_dollar) -%}
  cast(round({{ safe_divide(amount, per_dollar) }}, 2) as decimal(14, 2))
{%- endmacro %}

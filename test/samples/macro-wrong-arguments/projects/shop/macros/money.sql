{% macro to_cents(amount, scale=2) %}
cast({{ amount }} * 100 as bigint)
{% endmacro %}

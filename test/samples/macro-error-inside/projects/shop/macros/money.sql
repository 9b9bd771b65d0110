{% macro to_cents(amount) %}
cast({{ amont }} * 100 as bigint)
{% endmacro %}

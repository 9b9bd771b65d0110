{% macro cents() %}
cast(amont * 100 as bigint)
{% endmacro %}

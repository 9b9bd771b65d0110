{% if var('days', 0) < 1 %}
{{ exceptions.raise_compiler_error('days must be at least 1') }}
{% endif %}
select 1 as a

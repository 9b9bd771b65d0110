{% for n in [1, 2] %}
select {{ n }} as n
{% endif %}

{#
  The age group of a person on a day. A macro of this project: only its models can call it.

      select {{ age_group('birth_date', 'joined_on') }} as age_group
#}
{% macro age_group(birth_date, day) -%}
  case
    {%- for limit in [25, 35, 50, 65] %}
    when {{ birth_date }} > {{ day }} - interval {{ limit }} year then 'under {{ limit }}'
    {%- endfor %}
    else '65 and over'
  end
{%- endmacro %}

{#
  One row per key: the first in the given order.

      select * from {{ deduplicate(ref('events'), key=['event_id'], order_by='received_at desc') }}

  relation: a relation, or the name of a CTE. key: a list of columns. order_by: what decides which row stays; make it
  total, or the row that stays is not determined.
#}
{% macro deduplicate(relation, key, order_by) -%}
{%- if key is string or not key -%}
  {{ exceptions.raise_compiler_error("deduplicate needs a list of key columns, such as ['event_id'].") }}
{%- endif -%}
  (select * from {{ relation }} qualify row_number() over (partition by {{ key | join(', ') }} order by {{ order_by }}) = 1)
{%- endmacro %}

{#
  Stacks relations that share columns, with the place each row came from. Only the named columns are read, so that a
  relation that gains a column changes nothing.

      {{ union_relations({'web': ref('web_orders'), 'app': ref('app_orders')}, ['id', 'amount'], source_column='channel') }}

  relations: a dict from label to relation. columns: the columns to take, present in all of them.
  source_column: the column for the label; none leaves it out.
#}
{% macro union_relations(relations, columns, source_column='source') -%}
{%- if relations is not mapping or not relations or not columns -%}
  {{ exceptions.raise_compiler_error("union_relations needs a dict of relations and a list of columns, such as {'web': ref('web_orders')}, ['id'].") }}
{%- endif -%}
{%- for label, relation in relations.items() -%}
{{ 'union all\n' if not loop.first }}select
{%- if source_column is not none %} '{{ label | replace("'", "''") }}' as {{ source_column }},{% endif %} {{ columns | join(', ') }} from {{ relation }}
{{- '\n' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#
  All columns but some, in the words of the warehouse.

      select {{ star_except(['card_number', 'cvv'], from='p') }} from {{ ref('payments') }} p

  columns: a list of column names. from: the alias to take them from, if any.
#}
{% macro star_except(columns, from=none) -%}
  {{ adapter.dispatch('star_except')(columns, from) }}
{%- endmacro %}

{% macro default__star_except(columns, from) -%}
  {{ from ~ '.' if from is not none }}* exclude ({{ columns | join(', ') }})
{%- endmacro %}

{% macro bigquery__star_except(columns, from) -%}
  {{ from ~ '.' if from is not none }}* except ({{ columns | join(', ') }})
{%- endmacro %}

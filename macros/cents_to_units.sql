{#
  An amount in a currency's smallest coins (cents) as an exact decimal of its units.

      select {{ cents_to_units('amount_cents') }} as amount, {{ cents_to_units('amount_yen', digits=0) }} as yen

  amount: an expression of an integer type. digits: how many digits the currency has behind the point.
#}
{% macro cents_to_units(amount, digits=2) -%}
{%- if digits is not integer or digits < 0 or digits > 4 -%}
  {{ exceptions.raise_compiler_error('cents_to_units needs digits from 0 to 4.') }}
{%- endif -%}
  cast(cast(({{ amount }}) as decimal(18, 0)) * {{ '%.*f' | replace('*', digits | string) | format(10 ** -digits) if digits else 1 }} as decimal(18, {{ digits }}))
{%- endmacro %}

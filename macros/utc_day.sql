{#
  The calendar day of an instant, in UTC, whatever the time zone of the machine or session.

      select {{ utc_day('o.created_at') }} as ordered_on

  instant: an expression of type timestamptz.
#}
{% macro utc_day(instant) -%}
  cast(({{ instant }}) at time zone 'UTC' as date)
{%- endmacro %}

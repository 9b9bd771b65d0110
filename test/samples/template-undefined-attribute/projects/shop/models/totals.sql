{% set limits = {'low': 1, 'high': 9} %}
select {{ limits.hihg }} as n

{% set threshold = 10 %}
select id
from {{ ref('orders') }}
where amount > {{ treshold }}

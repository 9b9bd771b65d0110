select a
from (select 1 as a)
{% if is_incremental() %}
where a > 1

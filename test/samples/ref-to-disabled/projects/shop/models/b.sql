select a
from {{ ref('a') }}

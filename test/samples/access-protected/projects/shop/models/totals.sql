select a
from {{ ref('catalog', 'routes') }}

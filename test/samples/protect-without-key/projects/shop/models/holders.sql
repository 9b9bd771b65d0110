select holder from {{ ref('payments') }}

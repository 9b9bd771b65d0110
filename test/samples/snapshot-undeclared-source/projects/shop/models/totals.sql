select id from {{ source('shop_db', 'invoices') }}

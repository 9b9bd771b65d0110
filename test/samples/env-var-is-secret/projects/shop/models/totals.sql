select '{{ env_var('SHOP_DB_URL') }}' as url

select 1 as a from shop.orders

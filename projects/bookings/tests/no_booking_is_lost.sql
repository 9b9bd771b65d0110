-- The mart joins two other domains. A booking they do not know would vanish without a word.
select b.booking_id, b.customer_id, b.route_id
from {{ ref('stg_bookings') }} b
left join {{ ref('bookings') }} m on m.booking_id = b.booking_id
where m.booking_id is null

select 1 as a
from invoices

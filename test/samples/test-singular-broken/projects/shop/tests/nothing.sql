select 1 as a where false

select '{{ adapter.quote("a") }}' as a

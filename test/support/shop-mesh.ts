// Owns a small mesh that uses every part of the compiler once: what a test of the compiler changes, breaks or compares.

export const PROJECT = (name: string, more = "") =>
  `name: ${name}\nowner: { team: ${name}, email: ${name}@example.com }\n${more}`;

export const SHOP_ENV = { SHOP_REGION: "eu" };

/** Three projects in a line: shop (store, snapshot, seed, macros), sales (reads shop), board (reads sales). */
export const SHOP_MESH: Readonly<Record<string, string>> = {
  "macros/cents.sql": "{% macro cents(amount) %}cast({{ amount }} * 100 as bigint){% endmacro %}\n",
  "projects/shop/project.yml": PROJECT(
    "shop",
    "stores:\n  shop_db: { client: sqlite, connection: shop.db }\nschedules:\n  nightly: { cron: '0 3 * * *', timezone: UTC }\nvars: { first_day: '2024-01-01' }\n",
  ),
  "projects/shop/macros/clean.sql": "{% macro clean(column) %}trim({{ column }}){% endmacro %}\n",
  "projects/shop/seeds/countries.csv": "code,name,vat\nES,Spain,21\nFR,France,20\n",
  "projects/shop/models/snapshots.yml": `version: 2
sources:
  - name: shop_db
    tables:
      - name: orders
        columns:
          - { name: id, data_type: bigint }
          - { name: country, data_type: text }
          - { name: amount, data_type: "decimal(10,2)" }
          - { name: created_at, data_type: timestamp }
snapshots:
  - name: raw_orders
    relation: source('shop_db', 'orders')
    config: { unique_key: id }
`,
  "projects/shop/models/orders.sql": `{{ config(materialized='table') }}
select
  o.id,
  {{ clean('o.country') }} as country,
  {{ cents('o.amount') }} as cents,
  cast(o.created_at as date) as day,
  '{{ env_var('SHOP_REGION') }}' as region,
  c.vat
from {{ source('shop_db', 'orders') }} o
join {{ ref('countries') }} c on c.code = o.country
where o.created_at >= date '{{ var('first_day') }}'
`,
  "projects/shop/models/shop.yml": `version: 2
models:
  - name: orders
    description: One row per order.
    config: { access: public, contract: { enforced: true } }
    columns:
      - { name: id, data_type: bigint, data_tests: [unique, not_null] }
      - { name: country, data_type: varchar }
      - { name: cents, data_type: bigint }
      - { name: day, data_type: date }
      - { name: region, data_type: varchar }
      - { name: vat, data_type: bigint }
    data_tests:
      - expression_is_true: { arguments: { expression: "cents >= 0" } }
`,
  "projects/shop/tests/no_future.sql": "select * from {{ ref('orders') }} where day > current_date\n",
  "projects/sales/project.yml": PROJECT("sales"),
  "projects/sales/models/daily.sql": `{{ config(materialized='incremental', unique_key='day', incremental_strategy='delete+insert') }}
select day, sum(cents) as cents, count(*) as orders
from {{ ref('shop', 'orders') }}
{% if is_incremental() %} where day >= (select max(day) from {{ this }}) {% endif %}
group by day
`,
  "projects/sales/models/weekly.sql":
    "select date_trunc('week', day) as week, sum(orders) as orders from {{ ref('daily') }} group by 1\n",
  "projects/sales/models/sales.yml": `version: 2
models:
  - name: daily
    description: One row per day.
    config: { access: public }
    columns:
      - { name: day, data_tests: [unique, { relationships: { arguments: { to: "ref('shop', 'orders')", field: day } } }] }
`,
  "projects/board/project.yml": PROJECT("board"),
  "projects/board/models/totals.sql":
    "select max(day) as latest, sum(orders) as orders from {{ ref('sales', 'daily') }}\n",
  "projects/board/models/scores.ts": `import { defineModel, ref } from "mesh-elt";
export default defineModel({
  columns: { day: "date", score: "double" },
  deps: { daily: ref("sales", "daily") },
  async *rows() { yield { day: "2024-01-01", score: 1 }; },
});
`,
  "projects/board/models/board.yml": `version: 2
models:
  - name: totals
exposures:
  - name: pack
    type: dashboard
    owner: { name: Board, email: board@example.com }
    depends_on: ["ref('totals')"]
`,
};

// Owns the files of a new mesh: small, complete, and running at once. Their text is what a beginner reads first.
import type { NewFile } from "./new-file.ts";

/** `name`: lower-case letters, digits, `_` and `-`. */
export function starterMesh(name: string): readonly NewFile[] {
  return [
    { path: "mesh.config.ts", content: CONFIG.replace("NAME", name) },
    {
      path: ".gitignore",
      content:
        "# Builds, state and the compiled manifest; made anew by mesh.\n.mesh/\nnode_modules/\n# Secrets.\n.env\n",
    },
    { path: "README.md", content: README.replace("NAME", name) },
    { path: "projects/sales/project.yml", content: PROJECT },
    { path: "projects/sales/seeds/orders.csv", content: ORDERS },
    { path: "projects/sales/seeds/_seeds.yml", content: SEEDS },
    { path: "projects/sales/models/staging/stg_orders.sql", content: STAGING },
    { path: "projects/sales/models/staging/_staging.yml", content: STAGING_YML },
    { path: "projects/sales/models/marts/daily_sales.sql", content: MART },
    { path: "projects/sales/models/marts/customer_streaks.ts", content: TYPESCRIPT },
    { path: "projects/sales/models/marts/_marts.yml", content: MARTS_YML },
    { path: "projects/sales/models/snapshots/_snapshots.yml", content: SNAPSHOTS },
    { path: "projects/sales/tests/daily_sales_match_orders.sql", content: SINGULAR },
  ];
}

const CONFIG = `// Where this mesh keeps its builds and its state. Projects are the folders under projects/.
import { defineMesh } from "mesh-elt";

export default defineMesh({
  name: "NAME",
  defaultTarget: "local",
  targets: {
    local: {
      warehouse: { kind: "duckdb", path: ".mesh/warehouse" },
      state: { kind: "sqlite", path: ".mesh/state.db" },
    },
  },
});
`;

const README = `# NAME

A mesh of one project, \`sales\`.

\`\`\`
mesh plan                 # what a run would do, and why
mesh run                  # build, test, publish
mesh show daily_sales     # look at the rows
mesh run                  # again: nothing has changed, so nothing is done
\`\`\`

| where | what |
|---|---|
| \`mesh.config.ts\` | where builds and state are kept |
| \`projects/sales/project.yml\` | who owns the project; its stores |
| \`projects/sales/seeds/\` | small tables kept as CSV |
| \`projects/sales/models/staging/\` | one tidy view for each input |
| \`projects/sales/models/marts/\` | the tables others read, with their promises in \`_marts.yml\` |
| \`projects/sales/models/snapshots/\` | copies of tables of a store (a commented example) |
| \`projects/sales/tests/\` | tests written in SQL |

Try it: make one amount in \`seeds/orders.csv\` negative and run again. The test fails, and readers keep the rows they had.
`;

const PROJECT = `# One domain: who owns it and which stores it has.
name: sales
description: Orders of the shop.
owner:
  team: Sales
  email: sales-data@example.com

# A microservice's database that snapshots may read. \${…} is taken from the environment or from a .env file
# beside mesh.config.ts, so that no secret is ever in a file that is shared.
#
# stores:
#   shop_db:
#     client: pg            # or mysql, sqlite, files, http
#     connection: \${SHOP_DB_URL}
#     concurrency: 4        # tables read at once
`;

const ORDERS = `order_id,customer,ordered_at,amount,status
1,ada,2024-03-01 09:12:00,120.50,paid
2,grace,2024-03-01 10:40:00,80.00,paid
3,ada,2024-03-02 08:05:00,45.90,paid
4,edsger,2024-03-02 11:30:00,310.00,cancelled
5,grace,2024-03-02 15:22:00,64.25,paid
6,ada,2024-03-03 09:01:00,99.00,paid
7,barbara,2024-03-03 12:45:00,150.75,paid
8,edsger,2024-03-03 18:10:00,20.00,paid
9,barbara,2024-03-05 07:55:00,75.00,paid
10,ada,2024-03-05 19:30:00,12.30,cancelled
`;

const SEEDS = `version: 2
seeds:
  - name: orders
    description: Orders as the shop exported them.
    config:
      column_types: { order_id: bigint, ordered_at: timestamp, amount: "decimal(12,2)" }
    columns:
      - { name: order_id, data_tests: [unique, not_null] }
`;

const STAGING = `-- One row per order, with the names and types the rest of the project uses.
{{ config(materialized='view') }}

select
  order_id,
  customer,
  ordered_at,
  cast(ordered_at as date) as ordered_on,
  amount,
  status
from {{ ref('orders') }}
`;

const STAGING_YML = `version: 2
models:
  - name: stg_orders
    description: Orders with tidy names and types.
    columns:
      - name: status
        data_tests:
          - accepted_values: { arguments: { values: [paid, cancelled] } }
      - name: amount
        data_tests:
          - expression_is_true: { arguments: { expression: ">= 0" } }
`;

const MART = `-- Paid orders by day.
{{ config(materialized='table') }}

select
  ordered_on as day,
  count(*) as orders,
  sum(amount) as revenue
from {{ ref('stg_orders') }}
where status = 'paid'
group by 1
order by 1
`;

const TYPESCRIPT = `// Runs of consecutive days on which a customer ordered: easy with a loop, hard in SQL.
import { defineModel, ref } from "mesh-elt";

const DAY_MS = 86_400_000;

export default defineModel({
  columns: { customer: "varchar", first_day: "date", days: "integer" },
  deps: { orders: ref("stg_orders") },
  async *rows({ orders }) {
    const daysOf = new Map<string, Set<string>>();
    for await (const order of orders) {
      const customer = String(order.customer);
      const days = daysOf.get(customer) ?? new Set<string>();
      daysOf.set(customer, days.add(String(order.ordered_on)));
    }
    for (const [customer, days] of daysOf) {
      let first: string | undefined;
      let length = 0;
      let last = Number.NaN;
      for (const day of [...days].sort()) {
        const at = Date.parse(day);
        if (first !== undefined && at - last > DAY_MS) {
          yield { customer, first_day: first, days: length };
          first = undefined;
        }
        length = first === undefined ? 1 : length + 1;
        first ??= day;
        last = at;
      }
      if (first !== undefined) yield { customer, first_day: first, days: length };
    }
  },
});
`;

const MARTS_YML = `version: 2
models:
  - name: daily_sales
    description: One row per day with at least one paid order.
    # public: other projects may read it, as ref('sales', 'daily_sales').
    config: { access: public, contract: { enforced: true } }
    columns:
      - { name: day, data_type: date, description: Day of the order, data_tests: [unique, not_null] }
      - { name: orders, data_type: bigint, description: Paid orders, data_tests: [not_null] }
      - { name: revenue, data_type: "decimal(38,2)", description: Sum of their amounts, data_tests: [not_null] }

  - name: customer_streaks
    description: Each run of consecutive days on which a customer ordered.
    columns:
      - { name: customer, data_tests: [not_null] }
      - { name: days, description: How many days in a row, data_tests: [not_null] }
`;

const SNAPSHOTS = `# A snapshot copies a declared table of a store. Nothing that is not declared here is ever read.
# To try it: declare the store in ../../project.yml, take the comment signs away, and \`mesh run\`.
version: 2

# sources:
#   - name: shop_db
#     tables:
#       - name: customers
#         columns:
#           - { name: id, data_type: bigint }
#           - { name: email, data_type: varchar, classification: personal }
#           - { name: created_at, data_type: timestamp }
#
# snapshots:
#   - name: customers
#     relation: source('shop_db', 'customers')
#     config: { strategy: full, unique_key: id }
#     columns:
#       - { name: id, data_tests: [unique, not_null] }
`;

const SINGULAR = `-- No revenue is lost or made up on the way. The rows returned are the failures.
with made as (select sum(revenue) as revenue from {{ ref('daily_sales') }}),
     taken as (select sum(amount) as revenue from {{ ref('stg_orders') }} where status = 'paid')
select made.revenue as in_daily_sales, taken.revenue as in_orders
from made cross join taken
where made.revenue is distinct from taken.revenue
`;

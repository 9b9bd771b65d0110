// Owns what is said about projects that are wrong: every diagnostic of every case, with its place.
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Config, loadConfig } from "../../core/config/index.ts";
import type { Diagnostic } from "../../core/errors/index.ts";
import { loadProjects } from "../../core/project/index.ts";

const HEAD = "name: shop\nowner: { team: Shop }\n";
const CONFIG = `import { defineMesh } from "mesh-elt";
export default defineMesh({
  name: "m", defaultTarget: "dev",
  targets: { dev: { warehouse: { kind: "duckdb", path: "w" }, state: { kind: "sqlite", path: "s" } } },
});
`;

/** undefined: the file is not there. */
type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function meshOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Config> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "mesh-project-")));
  folders.push(root);
  for (const [path, content] of Object.entries({ "mesh.config.ts": CONFIG, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return loadConfig(root, { env: {} });
}

/** `file:line:column code message | help`, with the project's folder left out of paths. */
function line({ level, code, message, help, location, project }: Diagnostic): string {
  const place = [location?.file, location?.line, location?.column].filter((part) => part !== undefined).join(":");
  return `${level === "error" ? "" : `${level} `}${project === undefined ? "" : `[${project}] `}${place} ${code} ${message} | ${help}`.replaceAll(
    "projects/shop/",
    "",
  );
}

/** In the folder of one project, shop, whose project.yml is fine unless given. */
async function diagnosticsOf(files: Files): Promise<readonly string[]> {
  const placed = Object.entries({ "project.yml": HEAD, ...files }).flatMap(([path, content]) =>
    content === undefined ? [] : [[`projects/shop/${path}`, content]],
  );
  const loaded = await loadProjects(await meshOf(Object.fromEntries(placed)));
  return [...loaded.diagnostics, ...loaded.projects.flatMap((project) => project.diagnostics)].map(line);
}

const models = (body: string) => ({ "models/a.yml": `models:\n${body}` });

const CASES: readonly (readonly [name: string, files: Files, expected: readonly string[]])[] = [
  [
    "an unknown key of project.yml",
    { "project.yml": `${HEAD}schedule:\n  nightly: { cron: '0 2 * * *', timezone: UTC }\n` },
    [
      '[shop] project.yml:3:1 yaml/unknown-key Unknown key "schedule" in the file. Did you mean "schedules"? | Known keys here: name, description, owner, stores, schedules, calendars, defaults, vars.',
    ],
  ],
  [
    "a missing owner",
    { "project.yml": "name: shop\n" },
    ['[shop] project.yml:1:1 yaml/missing-key The file lacks the required key "owner". | Add owner: a mapping.'],
  ],
  [
    "an empty project.yml",
    { "project.yml": "" },
    [
      '[shop] project.yml:1:1 yaml/missing-key The file lacks the required key "name". | Add name: text.',
      '[shop] project.yml:1:1 yaml/missing-key The file lacks the required key "owner". | Add owner: a mapping.',
    ],
  ],
  [
    "a project.yml that is a list",
    { "project.yml": "- name: shop\n" },
    ["[shop] project.yml:1:1 yaml/wrong-type The file must be a mapping, but is a list. | Write a mapping."],
  ],
  [
    "a project.yaml",
    { "project.yml": undefined, "project.yaml": HEAD },
    [
      "[shop] projects/shop project/no-project-file projects/shop has no project.yml. Rename project.yaml to project.yml. | Every project needs a project.yml with at least `name` and `owner`. To leave a folder out, add `!folder` to `projects` in mesh.config.ts.",
    ],
  ],
  [
    "an owner of the wrong type and an invalid e-mail",
    { "project.yml": "name: shop\nowner: Shop\n" },
    ['[shop] project.yml:2:8 yaml/wrong-type owner must be a mapping, but is "Shop". | Write a mapping.'],
  ],
  [
    "an e-mail that is none",
    { "project.yml": "name: shop\nowner: { team: Shop, email: shop }\n" },
    [
      '[shop] project.yml:2:29 yaml/wrong-value owner.email must be an e-mail address, but is "shop". | Write an e-mail address.',
    ],
  ],
  [
    "a project name with a dash",
    { "project.yml": "name: web-shop\nowner: { team: Shop }\n" },
    [
      '[shop] project.yml:1:7 yaml/wrong-value name must be a name of lower-case letters, digits and underscores, but is "web-shop". | Write a name of lower-case letters, digits and underscores.',
    ],
  ],
  [
    "a reserved project name",
    { "project.yml": "name: main\nowner: { team: Shop }\n" },
    [
      '[main] project.yml:1:7 project/reserved-name "main" is reserved and cannot be the name of a project. | Choose another name.',
    ],
  ],
  [
    "an unknown client, with a suggestion",
    { "project.yml": `${HEAD}stores:\n  shop_db:\n    client: postgresql\n    connection: x\n    concurrency: 0\n` },
    [
      '[shop] project.yml:5:13 yaml/wrong-value stores.shop_db.client must be one of pg, postgres, mysql, mariadb, sqlite, files, http, but is "postgresql". Did you mean "postgres"? | Write one of pg, postgres, mysql, mariadb, sqlite, files, http.',
      "[shop] project.yml:7:18 yaml/wrong-value stores.shop_db.concurrency must be a number of at least 1, but is 0. | Write a number of at least 1.",
    ],
  ],
  [
    "a connection of the wrong type, without its value",
    { "project.yml": `${HEAD}stores:\n  shop_db: { client: pg, connection: 12345678 }\n` },
    [
      "[shop] project.yml:4:38 yaml/wrong-type stores.shop_db.connection must be text or a mapping, but is a number. | Write text or a mapping.",
    ],
  ],
  [
    "an environment place outside a connection",
    {
      "project.yml":
        HEAD +
        "stores:\n  shop_db: { client: '${CLIENT}', connection: '${SHOP_DB}' }\nvars:\n  since: ${SINCE:-2020}\n",
    },
    [
      "[shop] project.yml:4:22 yaml/environment ${CLIENT} is not substituted here: environment variables may only stand in a store's `connection`. | Write the value itself, or read it in SQL with env_var().",
      "[shop] project.yml:6:10 yaml/environment ${SINCE:-2020} is not substituted here: environment variables may only stand in a store's `connection`. | Write the value itself, or read it in SQL with env_var().",
    ],
  ],
  [
    "bad schedules",
    {
      "project.yml":
        HEAD +
        "schedules:\n  hourly: { cron: 'H * * * *', timezone: UTC }\n  nightly:\n    cron: 0 2 * * *\n    timezone: Europe/Madird\n  weekly: { cron: '0 2 * *', timezone: UTC }\n  never: { cron: 0 0 31 2 *, timezone: UTC }\n  Daily: { cron: 0 0 * * *, timezone: UTC }\n",
    },
    [
      '[shop] project.yml:4:19 project/bad-schedule The schedule "hourly" has the cron expression "H * * * *", which uses H: the time would not be known from the file. | Write five fields (minute hour day month weekday), such as "30 2 * * *", or six with seconds first.',
      '[shop] project.yml:7:15 project/bad-schedule The schedule "nightly" has the unknown timezone "Europe/Madird". | Write an IANA zone such as Europe/Madrid or UTC.',
      '[shop] project.yml:8:19 project/bad-schedule The schedule "weekly" has the cron expression "0 2 * *", which has 4 fields. | Write five fields (minute hour day month weekday), such as "30 2 * * *", or six with seconds first.',
      '[shop] project.yml:9:18 project/bad-schedule The schedule "never" has the cron expression "0 0 31 2 *", which never comes. | Write five fields (minute hour day month weekday), such as "30 2 * * *", or six with seconds first.',
      '[shop] project.yml:10:10 yaml/wrong-value schedules.Daily must be a name of lower-case letters, digits and underscores, but is "Daily". | Write a name of lower-case letters, digits and underscores.',
    ],
  ],
  [
    "bad defaults",
    { "project.yml": `${HEAD}defaults: { materialised: view, access: open, meta: {} }\n` },
    [
      '[shop] project.yml:3:13 yaml/unknown-key Unknown key "materialised" in defaults. Did you mean "materialized"? | Known keys here: materialized, incremental_strategy, on_schema_change, full_refresh, access, group, tags, enabled, schedule, contract, publish, attempts, retry_delay, timeout, pools.',
      '[shop] project.yml:3:41 yaml/wrong-value defaults.access must be one of private, protected, public, but is "open". | Write one of private, protected, public.',
      '[shop] project.yml:3:47 yaml/unknown-key Unknown key "meta" in defaults. | Known keys here: materialized, incremental_strategy, on_schema_change, full_refresh, access, group, tags, enabled, schedule, contract, publish, attempts, retry_delay, timeout, pools.',
    ],
  ],
  [
    "YAML that does not parse",
    models("  - name: a\n   description: x\n"),
    [
      "[shop] models/a.yml:3:1 yaml/syntax This is not valid YAML: Sequence item without - indicator. | Correct it at the place shown. Indent with spaces, and quote text that holds `: ` or ` #`.",
    ],
  ],
  [
    "an unclosed quote",
    models('  - name: "a\n'),
    [
      '[shop] models/a.yml:3:1 yaml/syntax This is not valid YAML: Missing closing ". | Correct it at the place shown. Indent with spaces, and quote text that holds `: ` or ` #`.',
    ],
  ],
  [
    "a tab as indent",
    models("\t- name: a\n"),
    [
      "[shop] models/a.yml:2:1 yaml/syntax This is not valid YAML: Tabs are not allowed as indentation. | Correct it at the place shown. Indent with spaces, and quote text that holds `: ` or ` #`.",
    ],
  ],
  [
    "two documents in a file",
    { "models/a.yml": "version: 2\n---\nversion: 2\n" },
    [
      "[shop] models/a.yml:2:1 yaml/syntax This is not valid YAML: it holds more than one document. | Correct it at the place shown. Indent with spaces, and quote text that holds `: ` or ` #`.",
    ],
  ],
  [
    "an anchor that is not there",
    models("  - name: a\n    meta: *nothing\n"),
    [
      "[shop] models/a.yml:3:11 yaml/syntax This is not valid YAML: the anchor *nothing is not defined before this place. | Correct it at the place shown. Indent with spaces, and quote text that holds `: ` or ` #`.",
    ],
  ],
  [
    "a duplicate key",
    models("  - name: a\n    description: one\n    description: two\n"),
    [
      '[shop] models/a.yml:4:5 yaml/duplicate-key The key "description" is written twice; first on line 3. | Keep one of them.',
    ],
  ],
  [
    "a template as a value",
    models("  - name: a\n    config: { schedule: \"{{ var('s') }}\" }\n    tags: [{{ var('t') }}]\n"),
    [
      "[shop] models/a.yml:3:25 yaml/template YAML is data only, but this holds a template: {{ var('s') }} | Write the value itself. What must be computed belongs in the model's SQL, in config().",
      "[shop] models/a.yml:4:12 yaml/template YAML is data only, but this holds a template: {{ var('t') }} | Write the value itself. What must be computed belongs in the model's SQL, in config().",
    ],
  ],
  [
    "a template where YAML breaks on it",
    models("  - name: a\n    config:\n      enabled: {% if true %} true {% endif %}\n"),
    [
      "[shop] models/a.yml:4:17 yaml/template YAML is data only, but this holds a template: {% if true %} | Write the value itself. What must be computed belongs in the model's SQL, in config().",
    ],
  ],
  [
    "a number that would be rounded",
    models(
      "  - name: a\n    columns:\n      - name: id\n        data_tests:\n          - accepted_values: { values: [9007199254740993] }\n",
    ),
    [
      '[shop] models/a.yml:6:41 yaml/number-not-exact The number 9007199254740993 cannot be held exactly. | Quote it: "9007199254740993"',
    ],
  ],
  [
    "an unknown key of a model, with a suggestion",
    models("  - name: a\n    descripton: x\n    columns:\n      - name: id\n        type: bigint\n"),
    [
      '[shop] models/a.yml:3:5 yaml/unknown-key Unknown key "descripton" in models[a]. Did you mean "description"? | Known keys here: name, description, access, group, tags, meta, sla, columns, data_tests, tests, config.',
      '[shop] models/a.yml:6:9 yaml/unknown-key Unknown key "type" in models[a].columns[id]. | Known keys here: name, description, classification, meta, data_tests, tests, data_type.',
    ],
  ],
  [
    "an unknown section",
    { "models/a.yml": "metrics: []\nmodel:\n  - name: a\n" },
    [
      '[shop] models/a.yml:1:1 yaml/unknown-key Unknown key "metrics" in the file. | Known keys here: version, sources, snapshots, models, seeds, exposures.',
      '[shop] models/a.yml:2:1 yaml/unknown-key Unknown key "model" in the file. Did you mean "models"? | Known keys here: version, sources, snapshots, models, seeds, exposures.',
    ],
  ],
  [
    "wrong types",
    models(
      "  - name: 12\n    description: [x]\n    columns: { id: bigint }\n    config: { enabled: yes, tags: [1], contract: true }\n",
    ),
    [
      "[shop] models/a.yml:2:11 yaml/wrong-type models[0].name must be text, but is 12. | Write text.",
      "[shop] models/a.yml:3:18 yaml/wrong-type models[0].description must be text, but is a list. | Write text.",
      "[shop] models/a.yml:4:14 yaml/wrong-type models[0].columns must be a list, but is a mapping. | Write a list.",
      '[shop] models/a.yml:5:24 yaml/wrong-type models[0].config.enabled must be true or false, but is "yes". | Write true or false.',
      "[shop] models/a.yml:5:36 yaml/wrong-type models[0].config.tags[0] must be text, but is 1. | Write text.",
      "[shop] models/a.yml:5:50 yaml/wrong-type models[0].config.contract must be a mapping, but is true. | Write a mapping.",
    ],
  ],
  [
    "an empty value",
    models("  - name: a\n    description:\n"),
    ["[shop] models/a.yml:3:5 yaml/wrong-type models[a].description must be text, but is empty. | Write text."],
  ],
  [
    "wrong values",
    models(
      "  - name: a\n    config: { materialized: tabel, access: publc, incremental_strategy: upsert }\n    sla: { freshness: two hours, available_by: '25:00', max_duration: 5 }\n",
    ),
    [
      '[shop] models/a.yml:3:29 yaml/wrong-value models[a].config.materialized must be one of view, table, incremental, but is "tabel". Did you mean "table"? | Write one of view, table, incremental.',
      '[shop] models/a.yml:3:44 yaml/wrong-value models[a].config.access must be one of private, protected, public, but is "publc". Did you mean "public"? | Write one of private, protected, public.',
      '[shop] models/a.yml:3:73 yaml/wrong-value models[a].config.incremental_strategy must be one of append, delete+insert, merge, but is "upsert". | Write one of append, delete+insert, merge.',
      '[shop] models/a.yml:4:23 yaml/wrong-value models[a].sla.freshness must be a duration such as 30m, 2h or 1h30m, but is "two hours". | Write a duration such as 30m, 2h or 1h30m.',
      '[shop] models/a.yml:4:48 yaml/wrong-value models[a].sla.available_by must be a time of day such as 06:00, but is "25:00". | Write a time of day such as 06:00.',
      "[shop] models/a.yml:4:71 yaml/wrong-type models[a].sla.max_duration must be text, but is 5. | Write text.",
    ],
  ],
  [
    "names that are none",
    models("  - name: Daily Orders\n    columns:\n      - { name: orderId }\n    group: A\n"),
    [
      '[shop] models/a.yml:2:11 yaml/wrong-value models[Daily Orders].name must be a name of lower-case letters, digits and underscores, but is "Daily Orders". | Write a name of lower-case letters, digits and underscores.',
      '[shop] models/a.yml:4:17 yaml/wrong-value models[Daily Orders].columns[orderId].name must be a name of lower-case letters, digits and underscores, but is "orderId". | Write a name of lower-case letters, digits and underscores.',
      '[shop] models/a.yml:5:12 yaml/wrong-value models[Daily Orders].group must be a name of lower-case letters, digits and underscores, but is "A". | Write a name of lower-case letters, digits and underscores.',
    ],
  ],
  [
    "a column twice",
    models("  - name: a\n    columns:\n      - { name: id }\n      - { name: day }\n      - { name: id }\n"),
    [
      '[shop] models/a.yml:6:9 project/duplicate-declaration The column "a.id" is also declared at models/a.yml:4. | Keep one of the two entries.',
    ],
  ],
  [
    "a key on the model and under config",
    models("  - name: a\n    access: public\n    tags: x\n    config: { access: private, tags: [y] }\n"),
    [
      '[shop] models/a.yml:5:15 project/key-in-two-places "access" of a is given twice; the other is at models/a.yml:3. | A key has one home: keep one of the two.',
      '[shop] models/a.yml:5:32 project/key-in-two-places "tags" of a is given twice; the other is at models/a.yml:4. | A key has one home: keep one of the two.',
    ],
  ],
  [
    "tests and data_tests",
    models("  - name: a\n    tests: [unique]\n    data_tests: [unique]\n"),
    [
      '[shop] models/a.yml:3:5 project/key-in-two-places "tests" of a is given twice; the other is at models/a.yml:4 (data_tests). | A key has one home: keep one of the two.',
    ],
  ],
  [
    "data tests in no known form",
    models(
      "  - name: a\n    columns:\n      - name: id\n        data_tests:\n          - unique: 5\n          - { unique: {}, not_null: {} }\n          - {}\n          - { test_name: 5 }\n          - accepted_values: { values: [a], arguments: { values: [b] } }\n          - unique: { config: 5, name: [x] }\n          - arguments: { a: 1 }\n",
    ),
    [
      "[shop] models/a.yml:6:13 project/unclear-test This data test is not understood: unique must have a mapping of arguments, but has 5. | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
      "[shop] models/a.yml:7:13 project/unclear-test This data test is not understood: it has the keys unique, not_null, but no test_name. | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
      "[shop] models/a.yml:8:13 project/unclear-test This data test is not understood: it is empty. | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
      "[shop] models/a.yml:9:13 project/unclear-test This data test is not understood: its test_name is not text. | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
      "[shop] models/a.yml:10:32 project/unclear-test This data test is not understood: accepted_values has arguments both under `arguments` and beside it (values). | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
      "[shop] models/a.yml:11:23 project/unclear-test This data test is not understood: the config of unique must be a mapping, but is 5. | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
      "[shop] models/a.yml:11:34 project/unclear-test This data test is not understood: the name of unique must be text, but is a list. | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
      "[shop] models/a.yml:12:13 project/unclear-test This data test is not understood: it has the keys arguments, but no test_name. | Write `- unique`, `- accepted_values: { arguments: { values: [a, b] } }`, or `- { test_name: unique, name: my_name }`.",
    ],
  ],
  [
    "a data test that is neither text nor a mapping",
    models("  - name: a\n    data_tests: [7, [unique]]\n"),
    [
      "[shop] models/a.yml:3:18 yaml/wrong-type models[a].data_tests[0] must be text or a mapping, but is 7. | Write text or a mapping.",
      "[shop] models/a.yml:3:21 yaml/wrong-type models[a].data_tests[1] must be text or a mapping, but is a list. | Write text or a mapping.",
    ],
  ],
  [
    "a data test's configuration",
    models(
      "  - name: a\n    data_tests:\n      - unique:\n          severity: warning\n          limit: 0\n          config: { severity: warn, were: id > 0, store_failures: yes }\n",
    ),
    [
      '[shop] models/a.yml:5:21 yaml/wrong-value a.unique.severity must be one of error, warn, ERROR, WARN, but is "warning". | Write one of error, warn, ERROR, WARN.',
      "[shop] models/a.yml:6:18 yaml/wrong-value a.unique.limit must be a number of at least 1, but is 0. | Write a number of at least 1.",
      '[shop] models/a.yml:7:21 project/key-in-two-places "severity" of a.unique is given twice; the other is at models/a.yml:5. | A key has one home: keep one of the two.',
      '[shop] models/a.yml:7:37 yaml/unknown-key Unknown key "were" in a.unique.config. Did you mean "where"? | Known keys here: severity, warn_if, error_if, fail_calc, where, limit, store_failures, enabled.',
      '[shop] models/a.yml:7:67 yaml/wrong-type a.unique.config.store_failures must be true or false, but is "yes". | Write true or false.',
    ],
  ],
  [
    "one entity's properties in two files",
    { "models/a.yml": "models:\n  - name: a\n", "models/sub/b.yml": "version: 2\nseeds:\n  - name: a\n" },
    [
      '[shop] models/sub/b.yml:3:5 project/duplicate-declaration The seed "a" is also declared at models/a.yml:2. | Keep one of the two entries.',
    ],
  ],
  [
    "one model in two files",
    {
      "models/x/orders.sql": "select 1",
      "models/y/orders.ts": "export default {}",
      "seeds/orders.csv": "id\n",
      "models/z.yml": "snapshots:\n  - { name: orders, relation: \"source('db', 'orders')\" }\n",
    },
    [
      '[shop] models/y/orders.ts project/duplicate-model The model "orders" is also defined in models/x/orders.sql. | Rename or remove one of the two.',
      '[shop] seeds/orders.csv project/duplicate-model The model "orders" is also defined in models/x/orders.sql. | Rename or remove one of the two.',
      '[shop] models/z.yml:2:5 project/duplicate-model The model "orders" is also defined in models/x/orders.sql. | Rename or remove one of the two.',
    ],
  ],
  [
    "file names that are no names",
    { "models/Daily Orders.sql": "select 1", "tests/no-gap.sql": "select 1", "seeds/this.csv": "a\n" },
    [
      '[shop] models/Daily Orders.sql project/invalid-name "Daily Orders" cannot be the name of a model. | Use lower-case letters, digits and underscores, starting with a letter or underscore, at most 100 characters.',
      '[shop] seeds/this.csv project/reserved-name "this" is reserved and cannot be the name of a model. | Choose another name.',
      '[shop] tests/no-gap.sql project/invalid-name "no-gap" cannot be the name of a test. | Use lower-case letters, digits and underscores, starting with a letter or underscore, at most 100 characters.',
    ],
  ],
  [
    "one test name in two files",
    { "tests/a/gap.sql": "select 1", "tests/b/gap.sql": "select 1" },
    [
      '[shop] tests/b/gap.sql project/duplicate-test The test "gap" is also defined in tests/a/gap.sql. | Rename or remove one of the two.',
    ],
  ],
  [
    "a source table twice",
    {
      "models/a.yml":
        "sources:\n  - name: db\n    tables:\n      - name: t\n        columns: [{ name: id, data_type: bigint }]\n",
      "models/b.yml":
        "sources:\n  - name: db\n    tables:\n      - name: t\n        columns: [{ name: id, data_type: bigint }]\n",
    },
    [
      '[shop] models/b.yml:4:9 project/duplicate-declaration The source table "db.t" is also declared at models/a.yml:4. | Keep one of the two entries.',
    ],
  ],
  [
    "a source without columns or types",
    {
      "models/a.yml":
        "sources:\n  - name: db\n    tables:\n      - name: t\n      - { name: u, columns: [] }\n      - { name: v, columns: [{ name: id }] }\n  - name: other\n",
    },
    [
      '[shop] models/a.yml:4:9 yaml/missing-key sources[db].tables[t] lacks the required key "columns". | Add columns: a list.',
      "[shop] models/a.yml:5:29 yaml/wrong-value sources[db].tables[u].columns must be a list of at least 1 entry, but is an empty list. | Write a list of at least 1 entry.",
      '[shop] models/a.yml:6:30 yaml/missing-key sources[db].tables[v].columns[id] lacks the required key "data_type". | Add data_type: a type such as bigint, varchar or timestamptz.',
      '[shop] models/a.yml:7:5 yaml/missing-key sources[other] lacks the required key "tables". | Add tables: a list.',
    ],
  ],
  [
    "a snapshot without or with a wrong relation",
    {
      "models/a.yml":
        "snapshots:\n  - name: s\n  - { name: t, relation: ref('x') }\n  - { name: u, relation: 'source(db, x)', config: { strategy: timestmp, materialized: table } }\n",
    },
    [
      '[shop] models/a.yml:2:5 yaml/missing-key snapshots[s] lacks the required key "relation". | Add relation: text.',
      "[shop] models/a.yml:3:26 yaml/wrong-value snapshots[t].relation must be source('store', 'table'), but is \"ref('x')\". | Write source('store', 'table').",
      "[shop] models/a.yml:4:26 yaml/wrong-value snapshots[u].relation must be source('store', 'table'), but is \"source(db, x)\". | Write source('store', 'table').",
      '[shop] models/a.yml:4:63 yaml/wrong-value snapshots[u].config.strategy must be one of full, incremental, append, timestamp, check, but is "timestmp". Did you mean "timestamp"? | Write one of full, incremental, append, timestamp, check.',
      '[shop] models/a.yml:4:73 yaml/unknown-key Unknown key "materialized" in snapshots[u].config. | Known keys here: strategy, unique_key, cursor, lookback, updated_at, check_cols, hard_deletes, invalidate_hard_deletes, dbt_valid_to_current, full_refresh, snapshot_meta_column_names, access, group, tags, meta, enabled, schedule, contract, publish, attempts, retry_delay, timeout, pools.',
    ],
  ],
  [
    "a report of the wrong type, owner and references",
    {
      "models/a.yml":
        "exposures:\n  - name: r\n    type: dashbord\n    owner: {}\n    depends_on: [\"source('a', 'b')\", orders]\n    maturity: high\n",
    },
    [
      '[shop] models/a.yml:3:11 yaml/wrong-value exposures[r].type must be one of dashboard, notebook, analysis, ml, application, but is "dashbord". Did you mean "dashboard"? | Write one of dashboard, notebook, analysis, ml, application.',
      "[shop] models/a.yml:4:12 yaml/wrong-value exposures[r].owner must be a mapping with a name or an email, but is an empty mapping. | Write a mapping with a name or an email.",
      "[shop] models/a.yml:5:18 yaml/wrong-value exposures[r].depends_on[0] must be ref('model') or ref('project', 'model'), but is \"source('a', 'b')\". | Write ref('model') or ref('project', 'model').",
      "[shop] models/a.yml:5:38 yaml/wrong-value exposures[r].depends_on[1] must be ref('model') or ref('project', 'model'), but is \"orders\". | Write ref('model') or ref('project', 'model').",
      '[shop] models/a.yml:6:5 yaml/unknown-key Unknown key "maturity" in exposures[r]. | Known keys here: name, type, url, description, owner, depends_on.',
    ],
  ],
  [
    "a report twice",
    {
      "models/a.yml":
        "exposures:\n  - { name: r, type: ml, owner: { name: X }, depends_on: [] }\n  - { name: r, type: ml, owner: { name: X }, depends_on: [] }\n",
    },
    [
      '[shop] models/a.yml:3:5 project/duplicate-declaration The report "r" is also declared at models/a.yml:2. | Keep one of the two entries.',
    ],
  ],
  [
    "a file that is not UTF-8",
    { "seeds/a.csv": Uint8Array.from([105, 100, 10, 255, 254]) },
    [
      "[shop] seeds/a.csv project/unreadable-file seeds/a.csv cannot be read: it is not UTF-8 text. | Check its permissions and that it is UTF-8 text.",
    ],
  ],
  [
    "a broken file, and the problems of the others all the same",
    {
      "project.yml": "name: shop\nowner: {}\n",
      "models/a.yml": "models: [",
      "models/b.yml": "models:\n  - { name: B }\n  - { name: c, columns: [{ name: x }, { name: x }] }\n",
      "models/c.sql": "select 1",
      "models/c.ts": "",
    },
    [
      '[shop] project.yml:2:1 yaml/missing-key owner lacks the required key "team". | Add team: text.',
      "[shop] models/a.yml:1:10 yaml/syntax This is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]. | Correct it at the place shown. Indent with spaces, and quote text that holds `: ` or ` #`.",
      '[shop] models/b.yml:2:13 yaml/wrong-value models[B].name must be a name of lower-case letters, digits and underscores, but is "B". | Write a name of lower-case letters, digits and underscores.',
      '[shop] models/b.yml:3:39 project/duplicate-declaration The column "c.x" is also declared at models/b.yml:3. | Keep one of the two entries.',
      '[shop] models/c.ts project/duplicate-model The model "c" is also defined in models/c.sql. | Rename or remove one of the two.',
    ],
  ],
];

describe("a wrong project is told", () => {
  it.each(CASES)("%s", async (_, files, expected) => {
    expect(await diagnosticsOf(files)).toEqual(expected);
  });
});

describe("a mesh of several projects is told", () => {
  const read = async (files: Readonly<Record<string, string>>) => {
    const loaded = await loadProjects(await meshOf(files));
    return {
      global: loaded.diagnostics.map(line),
      projects: Object.fromEntries(loaded.projects.map(({ path, diagnostics }) => [path, diagnostics.map(line)])),
    };
  };

  it("when there is no project", async () => {
    expect(await read({})).toEqual({
      global: [
        'mesh.config.ts project/none-found No project folder matches "projects/*". | Make one with `mesh new project <name>`, or correct `projects` in mesh.config.ts.',
      ],
      projects: {},
    });
  });

  it("when two folders have one name, on both", async () => {
    expect(
      await read({
        "projects/a/project.yml": HEAD,
        "projects/b/project.yml": HEAD,
        "projects/c/project.yml": HEAD.replace("shop", "other"),
      }),
    ).toEqual({
      global: [],
      projects: {
        "projects/a": [
          '[shop] projects/a/project.yml:1:1 project/duplicate-project The project name "shop" is also declared in projects/b. | Give one of the two another name.',
        ],
        "projects/b": [
          '[shop] projects/b/project.yml:1:1 project/duplicate-project The project name "shop" is also declared in projects/a. | Give one of the two another name.',
        ],
        "projects/c": [],
      },
    });
  });

  it("only about the broken one: the others are read whole", async () => {
    const loaded = await loadProjects(
      await meshOf({
        "projects/a/project.yml": "name: [",
        "projects/b/project.yml": HEAD,
        "projects/b/models/x.sql": "select 1",
      }),
    );
    expect(
      loaded.projects.map(({ name, models, diagnostics }) => ({
        name,
        models: models.length,
        broken: diagnostics.some((d) => d.level === "error"),
      })),
    ).toEqual([
      { name: "a", models: 0, broken: true },
      { name: "shop", models: 1, broken: false },
    ]);
  });
});

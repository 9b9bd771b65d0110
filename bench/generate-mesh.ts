// Owns writing synthetic meshes of any size: projects of models with configuration, refs, a macro call, YAML and tests.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface MeshSize {
  readonly models: number;
  readonly projects: number;
}

const COLUMNS = ["id", "amount", "label"] as const;

/** Model `i` of a project reads up to two models before it; every tenth reads a public model of the project before. Three tests a model. */
export async function generateMesh(root: string, { models, projects }: MeshSize): Promise<void> {
  const config = `import { defineMesh } from "mesh-elt";
export default defineMesh({ name: "generated", defaultTarget: "dev", targets: { dev: { warehouse: { kind: "duckdb", path: "wh" }, state: { kind: "sqlite", path: "state.db" } } } });
`;
  await mkdir(join(root, "macros"), { recursive: true });
  await writeFile(join(root, "mesh.config.ts"), config);
  await writeFile(
    join(root, "macros/rounded.sql"),
    "{% macro rounded(column, digits=2) %}round({{ column }}, {{ digits }}){% endmacro %}\n",
  );
  const each = Math.ceil(models / projects);
  for (let p = 0; p < projects; p++) {
    const folder = join(root, `projects/p${p}`);
    await mkdir(join(folder, "models"), { recursive: true });
    await writeFile(join(folder, "project.yml"), `name: p${p}\nowner: { team: Team ${p}, email: p${p}@example.com }\n`);
    const count = Math.min(each, models - p * each);
    for (let m = 0; m < count; m++) await writeFile(join(folder, `models/m${m}.sql`), modelSql(p, m));
    // Properties in files of ten models, as people keep them: a file for each area.
    for (let start = 0; start < count; start += 10) {
      const entries = Array.from({ length: Math.min(10, count - start) }, (_, k) => modelYaml(start + k));
      await writeFile(join(folder, `models/area_${start / 10}.yml`), `models:\n${entries.join("")}`);
    }
  }
}

export function modelSql(project: number, model: number): string {
  if (model === 0)
    return `{{ config(materialized='table') }}\nselect 1::bigint as id, 2.5::double as amount, 'a' as label\n`;
  const first = `ref('m${Math.floor((model - 1) / 2)}')`;
  const second = model % 10 === 5 && project > 0 ? `ref('p${project - 1}', 'm0')` : `ref('m${Math.max(0, model - 1)}')`;
  return `{{ config(materialized='${model % 3 === 0 ? "table" : "view"}', tags=['t${model % 7}']) }}
with base as (
  select id, amount, label from {{ ${first} }}
),
other as (
  select id, max(amount) as amount
  from {{ ${second} }}
  group by id
)
select
  base.id,
  {{ rounded('base.amount + coalesce(other.amount, 0)') }} as amount,
  {% for part in ['x', 'y'] %}'{{ part }}' || {% endfor %}base.label as label
from base
left join other on other.id = base.id
{% if var('only_positive', false) %}where base.amount > 0{% endif %}
`;
}

function modelYaml(model: number): string {
  const [id, amount] = COLUMNS;
  return `  - name: m${model}
    description: Model ${model} of the generated mesh.
    config: { access: ${model === 0 ? "public" : "protected"} }
    columns:
      - { name: ${id}, description: Key, data_tests: [unique, not_null] }
      - { name: ${amount}, data_tests: [not_null] }
`;
}

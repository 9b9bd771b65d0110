// A mesh whose store is an HTTP API, through the command: a full snapshot, then what is new, and an answer that misses a key.
import { expect, test } from "vitest";
import { withApi } from "../support/api-server.ts";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

const project = (url: string) => `name: crm
owner: { team: CRM, email: crm@example.com }
stores:
  api:
    client: http
    connection:
      url: ${url}/v1
      headers: { authorization: "Bearer \${CRM_TOKEN}" }
      tables:
        contacts: { rows: items, paging: { kind: offset, size: { parameter: limit, value: 2 } }, window: { from: since } }
`;
const MODELS = `sources:
  - name: api
    tables:
      - name: contacts
        columns:
          - { name: id, data_type: bigint }
          - { name: name, data_type: varchar }
          - { name: changed_at, identifier: changedAt, data_type: timestamptz }
snapshots:
  - name: contacts
    relation: source('api', 'contacts')
    config: { strategy: incremental, unique_key: id, cursor: changed_at }
    columns: [{ name: id, data_tests: [unique, not_null] }]
`;

test("a store that is an API is read whole, then in part, and refused when a declared key is gone", async () => {
  let rows: Record<string, unknown>[] = [1, 2, 3].map((id) => ({
    id,
    name: `contact ${id}`,
    changedAt: `2024-05-0${id}T00:00:00Z`,
  }));
  const since: (string | null)[] = [];
  await withApi(
    ({ query }) => {
      const from = query.get("since");
      if (query.get("offset") === "0") since.push(from);
      const wanted = rows.filter((row) => from === null || String(row.changedAt) >= from);
      return { body: { items: wanted.slice(Number(query.get("offset")), Number(query.get("offset")) + 2) } };
    },
    async ({ url }) =>
      withTempMesh(
        { "projects/crm/project.yml": project(url), "projects/crm/models/snapshots.yml": MODELS },
        async ({ root }) => {
          const env = { CRM_TOKEN: "t0p-s3cret" };
          const show = async () =>
            (
              await runMeshHere(
                root,
                ["show", "--json", "--inline", "select id, name from {{ ref('crm', 'contacts') }} order by id"],
                env,
              )
            ).stdout;
          const first = await runMeshHere(root, ["run"], env);
          expect(first.code, first.stderr).toBe(0);
          expect(JSON.parse(await show()).rows).toEqual([
            ["1", "contact 1"],
            ["2", "contact 2"],
            ["3", "contact 3"],
          ]);

          rows[0] = { id: 1, name: "renamed", changedAt: "2024-05-09T00:00:00Z" };
          const second = await runMeshHere(root, ["run"], env);
          expect(second.code, second.stderr).toBe(0);
          expect(since).toEqual([null, "2024-05-03T00:00:00Z"]);
          expect(JSON.parse(await show()).rows).toEqual([
            ["1", "renamed"],
            ["2", "contact 2"],
            ["3", "contact 3"],
          ]);

          rows = rows.map(({ id, changedAt }) => ({ id, changedAt, fullName: "x" }));
          const third = await runMeshHere(root, ["run"], env);
          expect(third.code).toBe(1);
          expect(third.stdout + third.stderr).toContain("http/key-never-seen");
          expect(first.stdout + second.stderr + third.stdout + third.stderr).not.toContain("t0p-s3cret");
          expect(JSON.parse(await show()).rows).toHaveLength(3);
        },
      ),
  );
});

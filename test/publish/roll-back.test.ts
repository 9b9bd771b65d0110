// Which earlier build comes back when none is named.
import { describe, expect, it } from "vitest";
import { ensureBuilt } from "../support/built-cli.ts";
import { runMesh, withTempMesh } from "../support/temp-mesh.ts";

describe("rolling back", () => {
  it("goes to what readers saw before, never to a build that passed but was held with its group", () => {
    const table = (sql: string) => `{{ config(materialized='table', publish='pair') }}\n${sql}\n`;
    const files = (a: number, b: string) => ({
      "projects/sales/models/a.sql": table(`select ${a} as id`),
      "projects/sales/models/b.sql": table(`select ${b} as id`),
      "projects/sales/models/s.yml": "models:\n  - name: a\n    columns: [{ name: id, data_tests: [unique] }]\n",
    });
    return withTempMesh(files(1, "1"), async ({ write, open }) => {
      await (await open()).run({});
      await write(files(2, "cast('x' || random() as int)"));
      expect((await (await open()).run({})).status).toBe("failed");
      await write(files(3, "3"));
      const mesh = await open();
      expect((await mesh.run({})).status).toBe("success");
      await mesh.rollback("a", { by: { actor: "ana", via: "cli" } });
      expect((await mesh.show({ model: "a" }, 5)).rows).toEqual([[1]]);
    });
  });

  it("goes to the build before, also when the clock of the process that made it was a day ahead", async () => {
    await ensureBuilt();
    const table = (id: number) => ({
      "projects/sales/models/a.sql": `{{ config(materialized='table') }} select ${id} as id`,
    });
    await withTempMesh(table(1), async ({ root, write, open }) => {
      const dayAhead = "data:text/javascript,const%20now%3DDate.now%3BDate.now%3D()%3D%3Enow()%2B864e5";
      const first = await runMesh(root, ["run"], { NODE_OPTIONS: `--import=${dayAhead}` });
      expect(first.code, first.stdout + first.stderr).toBe(0);
      await write(table(2));
      const mesh = await open();
      expect((await mesh.run({})).status).toBe("success");
      await mesh.rollback("a", { by: { actor: "ana", via: "cli" } });
      expect((await mesh.show({ model: "a" }, 5)).rows).toEqual([[1]]);
    });
  });
});

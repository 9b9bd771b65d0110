// `mesh deploy` and `mesh deployments` as people and CI see them: what is printed, as data too, and the exit codes.
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { DeployResult, PastDeployment } from "../../core/deploy/index.ts";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

const FILES = {
  "projects/shop/seeds/raw.csv": "id,amount\n1,10\n",
  "projects/shop/models/orders.sql": "select id, amount from {{ ref('raw') }}\n",
  "projects/shop/models/shop.yml": "models: [{ name: orders, description: Orders., config: { access: public } }]\n",
  "projects/finance/models/revenue.sql": "select sum(amount) as revenue from {{ ref('shop', 'orders') }}\n",
};
const ENV = { MESH_ACTOR: "ci" };

describe("the commands of deploying", () => {
  it(
    "deploy, refuse with exit code 1, allow with a reason, list and go back",
    () =>
      withTempMesh(FILES, async ({ root, write }) => {
        const mesh = (...args: readonly string[]) => runMeshHere(root, args, ENV);
        await write({ ".gitignore": "state.db*\nwh\n" });
        const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
        git("init", "--quiet");
        git("add", ".");
        git("-c", "user.name=ana", "-c", "user.email=ana@example.com", "commit", "--quiet", "--message", "all");
        const commit = git("rev-parse", "HEAD");
        const words = ["--by", "eva", "--note", "first", "--json"];
        const first = await mesh("deploy", "--project", "shop", "finance", ...words);
        expect(first).toMatchObject({ code: 0, stderr: "" });
        const { ok, projects } = JSON.parse(first.stdout) as DeployResult;
        expect([ok, projects.map(({ project, status }) => [project, status])]).toEqual([
          true,
          [
            ["finance", "deployed"],
            ["shop", "deployed"],
          ],
        ]);

        await write({ "projects/shop/models/orders.sql": "select id from {{ ref('raw') }}\n" });
        const refused = await mesh("deploy", "--project", "shop");
        expect(refused.code).toBe(1);
        expect(refused.stdout).toContain("breaking: shop.orders has no column `amount` any more");
        expect(refused.stdout).toContain("used by finance.revenue of finance: finance (finance@example.com)");
        const wordless = await mesh("deploy", "--project", "shop", "--allow-breaking");
        expect(wordless).toMatchObject({ code: 2, stderr: expect.stringContaining("cli/why-missing") });
        const allowed = await mesh("deploy", "--project", "shop", "--allow-breaking", "--why", "finance knows");
        expect(allowed.code).toBe(0);

        const history = await mesh("deployments", "shop", "--json");
        const events = JSON.parse(history.stdout) as PastDeployment[];
        expect(events).toMatchObject([
          { commit: `${commit}-dirty`, inForce: true },
          { commit, note: "first", inForce: false },
        ]);
        expect(events.map(({ by, why, broken }) => [by, why, broken])).toEqual([
          ["ci", "finance knows", ["shop.orders has no column `amount` any more"]],
          ["eva", undefined, []],
        ]);
        const shown = await mesh("deployments", "shop");
        expect(shown.stdout).toMatch(/deploy, in force .* finance knows/);
        expect(shown.stdout).toContain("broke contracts");

        expect(await mesh("deployments", "rollback", "shop")).toMatchObject({
          code: 2,
          stderr: expect.stringContaining("cli/why-missing"),
        });
        const back = await mesh("deployments", "rollback", "shop", "--why", "finance did not");
        expect(back).toMatchObject({
          code: 0,
          stdout: expect.stringContaining(`${events[1]?.deployment} in force again`),
        });
        expect(back.stderr).toContain(`--to ${events[0]?.deployment}`);
        const after = JSON.parse((await mesh("deployments", "shop", "--json")).stdout) as PastDeployment[];
        expect(after.map(({ inForce }) => inForce)).toEqual([true, false, false]);
        const now = JSON.parse((await mesh("deployments", "--json")).stdout) as { project: string; id: string }[];
        expect(now.find(({ project }) => project === "shop")?.id).toBe(events[1]?.deployment);

        const audit = await mesh("audit", "--json");
        expect(
          (JSON.parse(audit.stdout) as { action: string; actor: string }[]).map(({ action, actor }) => [action, actor]),
        ).toEqual([
          ["deployment.rollback", "ci"],
          ["deployment.deploy", "ci"],
          ["deployment.deploy", "eva"],
          ["deployment.deploy", "eva"],
        ]);
      }),
    60_000,
  );

  it(
    "show what does not compile with its place, and say what is wrongly used",
    () =>
      withTempMesh(FILES, async ({ root, write }) => {
        const mesh = (...args: readonly string[]) => runMeshHere(root, args, ENV);
        await write({
          "projects/finance/models/revenue.sql": "select sum(nothing) as revenue from {{ ref('shop', 'orders') }}\n",
        });
        const result = await mesh("deploy");
        expect(result.code).toBe(1);
        expect(result.stderr).toContain("projects/finance/models/revenue.sql:1");
        expect(result.stdout).toMatch(/finance {2}does not compile\nshop {2}deployed/);
        for (const [args, code] of [
          [["deploy", "--project", "shpo"], "deploy/project-not-found"],
          [["deployments", "nobody"], "deploy/not-deployed"],
          [["deployments", "shop", "finance"], "cli/bad-choice"],
          [["deployments", "rollback"], "cli/argument-missing"],
          [["deployments", "rollback", "shop", "--why", "x", "--to", "zzz"], "deploy/not-found"],
          [["deployments", "rollback", "shop", "--why", "x"], "deploy/not-found"],
          [["deployments", "retire", "finance", "--why", "x"], "deploy/not-deployed"],
        ] as const) {
          const wrong = await mesh(...args);
          expect([args.join(" "), wrong.code, wrong.stderr.match(/error\[([^\]]+)\]/)?.[1]]).toEqual([
            args.join(" "),
            2,
            code,
          ]);
        }
        await write({
          "projects/shop/project.yml":
            'name: shop\nowner: { team: shop, email: shop@example.com }\nschedules: { nightly: { cron: "30 2 * * *", timezone: UTC } }\n',
        });
        expect((await mesh("deploy", "--project", "shop")).stdout).toContain("  + schedule nightly: 30 2 * * * UTC");
        await write({
          "projects/shop/project.yml":
            'name: shop\nowner: { team: shop, email: shop@example.com }\nschedules: { nightly: { cron: "0 3 * * *", timezone: UTC } }\n',
        });
        const moved = await mesh("deploy", "--project", "shop");
        expect(moved.stdout).toContain("  ~ schedule nightly: cron 0 3 * * *, was 30 2 * * *\n");
        const retired = await mesh("deployments", "retire", "shop", "--why", "moved");
        expect(retired).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/shop {2}retired\n.* - schedule nightly/s),
        });
      }),
    60_000,
  );
});

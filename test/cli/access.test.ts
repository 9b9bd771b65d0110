// `mesh token` and `mesh audit` on a small mesh.
import { expect, test, vi } from "vitest";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

vi.setConfig({ testTimeout: 120_000 });

test("a token is printed once, listed without its text, revoked by name; the audit log tells who did that", async () => {
  await withTempMesh({}, async ({ root }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args, { MESH_ACTOR: "ana" });
    const made = await mesh("token", "create", "--name", "ci", "--role", "operate", "--expires", "90d");
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining("it is not shown again") });
    const text = made.stdout.trim();
    expect(text).toMatch(/^mesh_[0-9a-z]{26}_[A-Za-z0-9_-]{43}$/);
    const listed = await mesh("token", "list", "--json");
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { name: "ci", role: "operate", status: "live", createdBy: "ana" },
    ]);
    expect(listed.stdout).not.toContain(text.slice(-43));

    expect(await mesh("token", "create", "--name", "ci")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("error[token/name-taken]"),
    });
    expect(await mesh("token", "revoke", "ci")).toMatchObject({ code: 0, stdout: "Token ci is revoked.\n" });
    expect(await mesh("token", "revoke", "ci")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("token/not-found"),
    });

    const audit = await mesh("audit", "--json", "--subject", "ci", "--since", "1h");
    expect(JSON.parse(audit.stdout)).toMatchObject([
      { actor: "ana", via: "cli", action: "token.revoke" },
      { actor: "ana", via: "cli", action: "token.create", detail: { role: "operate" } },
    ]);
    expect((await mesh("audit")).stdout).toMatch(/ana +cli +token\.revoke +ci/);
    expect(await mesh("audit", "--verify")).toMatchObject({
      code: 0,
      stdout: "2 entries: all are what was written.\n",
    });
  });
});

test.each([
  [["token", "create"], "cli/option-needs-value"],
  [["token", "create", "--name", "-x y"], "cli/bad-value"],
  [["token", "create", "--name", "x", "--role", "admin"], "cli/bad-value"],
  [["token", "create", "--name", "x", "--expires", "soon"], "cli/bad-value"],
  [["token", "revoke"], "cli/argument-missing"],
  [["token", "burn"], "cli/bad-choice"],
  [["audit", "--since", "yesterday"], "cli/bad-value"],
  [["audit", "--limit", "0"], "cli/bad-value"],
])("mesh %j -> %s, exit 2", async (args, code) => {
  await withTempMesh({}, async ({ root }) => {
    expect(await runMeshHere(root, args)).toMatchObject({ code: 2, stderr: expect.stringContaining(`error[${code}]`) });
  });
});

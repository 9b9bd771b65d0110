// Owns the meaning of deployments in a state store: what is in force, its history, the files, and that each change is whole.
import { expect, test } from "vitest";
import type { Actor, StateLocation, StateStore } from "../../core/state/index.ts";
import { contentOf, type MadeDeployment, newDeployment } from "../support/new-deployment.ts";
import { startTypeScript } from "../support/typescript-child.ts";

const ANA: Actor = { actor: "ana", via: "cli" };
const BEN: Actor = { actor: "ben", via: "api" };

export function testDeployments(
  name: string,
  stateOf: () => StateStore,
  locationOf: () => StateLocation,
  open: () => Promise<StateStore>,
): void {
  const deploy = async (made: readonly MadeDeployment[], by = "ana", after?: number) => {
    const state = stateOf();
    const { sequence } = await state.currentDeployments();
    return state.recordDeployments(
      made.map(({ deployment }) => deployment),
      { by: { actor: by, via: "cli" }, after: after ?? sequence },
      contentOf(made),
    );
  };
  const inForce = async (project: string) => (await stateOf().currentDeployments()).ids.get(project);

  test("a deployment comes back as it was given, with who and when", async () => {
    const state = stateOf();
    const before = await state.now();
    const made = newDeployment(
      "shop",
      { "seeds/a.csv": "id\n1\n", "models/b.ts": "export {}" },
      { vars: { start: "2024-01-01", deep: [1, { a: null }] }, commit: "abc123", note: "first" },
    );
    const events = await deploy([made]);
    const { deployment } = made;
    expect(events).toMatchObject([{ project: "shop", action: "deploy", deployment: deployment.id, by: "ana" }]);
    const stored = (await state.getDeployments([deployment.id, "no-such"])).get(deployment.id);
    const files = [...deployment.files].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(stored).toMatchObject({ ...deployment, files, by: "ana", sequence: events?.[0]?.sequence });
    expect(stored?.deployedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
    expect(await inForce("shop")).toBe(deployment.id);
    const [listed] = await state.listDeployments({ project: "shop" });
    expect(listed).toMatchObject({ id: deployment.id, note: "first", commit: "abc123", files });
    expect(listed).not.toHaveProperty("shard");
  });

  test("files are kept byte for byte, once, and only those that are missing are asked for", async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    const first = newDeployment("files", { "a.csv": "same", "b.csv": "same", "c.csv": "other" });
    const asked: string[] = [];
    const state = stateOf();
    const record = async (made: MadeDeployment, content = contentOf([made])) => {
      const after = (await state.currentDeployments()).sequence;
      return state.recordDeployments([made.deployment], { by: ANA, after }, async (file) => {
        asked.push(file.path);
        return content(file);
      });
    };
    await record(first);
    expect(asked.splice(0)).toHaveLength(2);
    await record(newDeployment("files", { "c.csv": "other", "d.csv": "new" }));
    expect(asked).toEqual(["projects/files/d.csv"]);
    const hash = first.deployment.files[0]?.hash ?? "";
    expect(String(await state.readDeploymentFile(hash))).toBe("same");
    expect(await state.readDeploymentFile("0".repeat(64))).toBeUndefined();

    const raw = newDeployment(
      "files",
      {},
      { files: [{ path: "projects/files/raw.bin", hash: "raw".padEnd(64, "0"), bytes: 512 }] },
    );
    await record(raw, async () => bytes);
    expect(Buffer.compare(bytes, (await state.readDeploymentFile("raw".padEnd(64, "0"))) ?? Buffer.alloc(0))).toBe(0);
  });

  test("several projects are deployed at once, all or none", async () => {
    const [a, b] = [newDeployment("all_a"), newDeployment("all_b")];
    const events = await deploy([a, b]);
    expect(events?.map(({ project }) => project)).toEqual(["all_a", "all_b"]);
    expect(events?.[1]?.sequence).toBe((events?.[0]?.sequence ?? 0) + 1);
    const twice = newDeployment("all_b", {}, { id: b.deployment.id });
    await expect(deploy([newDeployment("all_a"), twice])).rejects.toThrow();
    expect([await inForce("all_a"), await inForce("all_b")]).toEqual([a.deployment.id, b.deployment.id]);
    expect(await stateOf().listDeployments({ project: "all_a" })).toHaveLength(1);
  });

  test("what was judged by an older state of things is not recorded", async () => {
    const state = stateOf();
    const { sequence } = await state.currentDeployments();
    await deploy([newDeployment("judged_a")]);
    const late = newDeployment("judged_b");
    expect(await deploy([late], "ben", sequence)).toBeUndefined();
    expect(await inForce("judged_b")).toBeUndefined();
    expect(await state.getDeployments([late.deployment.id])).toEqual(new Map());
    const change = { by: BEN, why: "late", after: sequence };
    expect(await state.switchDeployment("judged_a", null, change)).toBeUndefined();
  });

  test("an earlier deployment is put in force again, and a project is retired; both are told", async () => {
    const state = stateOf();
    const [one, two] = [newDeployment("back"), newDeployment("back")];
    await deploy([one]);
    await deploy([two]);
    const at = async () => (await state.currentDeployments()).sequence;
    const broken = ["back.a has no column b any more"];
    const rolled = await state.switchDeployment("back", one.deployment.id, {
      by: BEN,
      why: "two is wrong",
      broken: { back: broken, other: ["not its"] },
      after: await at(),
    });
    expect(rolled).toMatchObject({ action: "rollback", deployment: one.deployment.id, previous: two.deployment.id });
    expect(await inForce("back")).toBe(one.deployment.id);
    const retired = await state.switchDeployment("back", null, { by: BEN, why: "no longer used", after: await at() });
    expect(retired).toMatchObject({ action: "retire", previous: one.deployment.id });
    expect(retired).not.toHaveProperty("deployment");
    expect(await inForce("back")).toBeUndefined();
    const events = await state.listDeploymentEvents({ project: "back" });
    expect(events.map(({ action, by, why, broken }) => [action, by, why, broken])).toEqual([
      ["retire", "ben", "no longer used", []],
      ["rollback", "ben", "two is wrong", broken],
      ["deploy", "ana", undefined, []],
      ["deploy", "ana", undefined, []],
    ]);
    const audit = (await state.listAudit({ subject: "back" })).map(({ action, actor, via, detail }) => [
      action,
      actor,
      via,
      detail.why,
    ]);
    expect(audit).toEqual([
      ["deployment.retire", "ben", "api", "no longer used"],
      ["deployment.rollback", "ben", "api", "two is wrong"],
      ["deployment.deploy", "ana", "cli", undefined],
      ["deployment.deploy", "ana", "cli", undefined],
    ]);
    await expect(
      state.switchDeployment("back", "no-such", { by: BEN, why: "typo", after: await at() }),
    ).rejects.toMatchObject({ code: "deploy/not-found" });
    const other = newDeployment("elsewhere");
    await deploy([other]);
    await expect(
      state.switchDeployment("back", other.deployment.id, { by: BEN, why: "wrong project", after: await at() }),
    ).rejects.toMatchObject({ code: "deploy/not-found" });
  });

  test("old deployments are removed with the files that nobody else has; what is in force or in use stays", async () => {
    const state = stateOf();
    const made = Array.from({ length: 5 }, (_, i) => newDeployment("old", { "own.csv": `own ${i}`, "all.csv": "all" }));
    for (const one of made) await deploy([one]);
    const [oldest, second, third] = made.map(({ deployment }) => deployment);
    const why = { by: ANA, why: "back", after: (await state.currentDeployments()).sequence };
    await state.switchDeployment("old", second?.id ?? "", why);
    const removed = await state.removeDeployments({ newest: 2, inUse: [oldest?.id ?? ""] });
    expect(removed).toContain(third?.id);
    const kept = (await state.listDeployments({ project: "old" })).map(({ id }) => id);
    expect(new Set(kept)).toEqual(new Set(made.flatMap(({ deployment: { id } }) => (id === third?.id ? [] : [id]))));
    const own = (deployment = oldest) => deployment?.files.find(({ path }) => path.endsWith("own.csv"))?.hash ?? "";
    expect(await state.readDeploymentFile(own(third))).toBeUndefined();
    expect(String(await state.readDeploymentFile(own(oldest)))).toBe("own 0");
    const shared = oldest?.files.find(({ path }) => path.endsWith("all.csv"))?.hash ?? "";
    expect(String(await state.readDeploymentFile(shared))).toBe("all");
    expect(await state.listDeploymentEvents({ project: "old" })).toHaveLength(6);
    // A file that was removed is stored again when it comes back.
    const again = newDeployment("old", { "own.csv": "own 2" });
    await deploy([again]);
    expect(String(await state.readDeploymentFile(own(again.deployment)))).toBe("own 2");
  });

  test("what going back leads to is kept, also of a retired project, and what was in force a moment ago when that is asked for", async () => {
    const state = stateOf();
    const made = Array.from({ length: 5 }, () => newDeployment("led"));
    const ids = made.map(({ deployment }) => deployment.id);
    const [first, second, , , fifth] = ids as [string, string, string, string, string];
    const switchTo = async (to: string | null) =>
      state.switchDeployment("led", to, { by: ANA, why: "w", after: (await state.currentDeployments()).sequence });
    const kept = async () => (await state.listDeployments({ project: "led" })).map(({ id }) => id).reverse();
    for (const one of made.slice(0, 4)) await deploy([one]);
    await switchTo(first);
    await deploy(made.slice(4));
    const replacedAt = (await state.listDeploymentEvents({ project: "led" })).find(
      ({ previous }) => previous === second,
    )?.at;
    if (!replacedAt) throw new Error("nobody replaced it");
    expect(await state.removeDeployments({ newest: 1, inUse: [], replacedSince: replacedAt })).not.toContain(second);
    expect(await kept()).toEqual(ids);
    expect(await state.removeDeployments({ newest: 1, inUse: [] })).toContain(second);
    expect(await kept()).toEqual([first, fifth]);
    await switchTo(first);
    await switchTo(null);
    const [told] = await state.listDeploymentEvents({ project: "led", limit: 1 });
    await state.removeDeployments({ newest: 0, inUse: [] });
    expect([await kept(), told?.previous]).toEqual([[first], first]);
    expect(new Set(await state.removedDeployments([...ids, "never-there"]))).toEqual(
      new Set(ids.filter((id) => id !== first)),
    );
    expect(await state.removedDeployments([])).toEqual([]);
  });

  test("deploying while old ones are removed loses no file", async () => {
    const state = stateOf();
    const other = await open();
    let removed = 0;
    for (let i = 0; i < 15; i++) {
      const made = newDeployment("racing", { "a.csv": `a ${i % 2}` });
      const [gone] = await Promise.all([other.removeDeployments({ newest: 1, inUse: [] }), deploy([made])]);
      removed += gone.length;
      expect(await inForce("racing")).toBe(made.deployment.id);
      for (const { hash } of made.deployment.files)
        expect(String(await state.readDeploymentFile(hash))).toBe(`a ${i % 2}`);
    }
    expect(removed).toBeGreaterThan(10);
  });

  test("processes that deploy different projects at once all succeed; of one project the last wins, in one order", async () => {
    const state = stateOf();
    const jobs = [["two_a"], ["two_b"], ["two_b"]];
    const children = jobs.map((projects) =>
      startTypeScript("./deployment-child.ts", [JSON.stringify(locationOf()), JSON.stringify(projects), "15"]),
    );
    for (const { ended } of children) expect(await ended).toMatchObject({ code: 0 });
    for (const project of ["two_a", "two_b"]) {
      const events = await state.listDeploymentEvents({ project });
      expect(events).toHaveLength(project === "two_a" ? 15 : 30);
      expect(await inForce(project)).toBe(events[0]?.deployment);
      for (const [i, { previous }] of events.entries()) expect(previous).toBe(events[i + 1]?.deployment);
    }
    const printed = children.flatMap(({ lines }) => lines.flatMap((line) => JSON.parse(line) as [number, string][]));
    const told = new Map(
      (await state.listDeploymentEvents()).map(({ sequence, deployment }) => [sequence, deployment]),
    );
    expect(printed).toHaveLength(45);
    for (const [sequence, id] of printed) expect(told.get(sequence)).toBe(id);
  }, 60_000);

  test("a deploy killed at any instant is whole or absent", async () => {
    const state = stateOf();
    const projects = ["kill_a", "kill_b", "kill_c"];
    let kills = 0;
    let committed = 0;
    for (let round = 0; round < 4; round++) {
      const args = [JSON.stringify(locationOf()), JSON.stringify(projects), "0"];
      const child = startTypeScript("./deployment-child.ts", args);
      await child.untilLines(2 + round * 2);
      child.process.kill("SIGKILL");
      if ((await child.ended).signal === "SIGKILL") kills++;
      committed += child.lines.length;
      const all = await state.listDeployments();
      const counts = projects.map((project) => all.filter((one) => one.project === project).length);
      expect(new Set(counts).size, "all three were deployed equally often").toBe(1);
      expect(counts[0]).toBeGreaterThanOrEqual(committed);
      expect(counts[0]).toBeLessThanOrEqual(committed + kills);
      for (const project of projects) {
        const [newest] = all.filter((one) => one.project === project);
        expect(await inForce(project)).toBe(newest?.id);
        for (const { hash, bytes } of newest?.files ?? [])
          expect((await state.readDeploymentFile(hash))?.byteLength).toBe(bytes);
      }
    }
    console.log(`${name}: killed ${kills} deploys after ${committed} reported ones`);
    expect(kills).toBe(4);
  }, 60_000);
}

// `mesh pause`, `mesh unpause` and `mesh pauses` on a small mesh.
import { expect, test, vi } from "vitest";
import { runMeshHere, withTempMesh } from "../support/temp-mesh.ts";

vi.setConfig({ testTimeout: 120_000 });

const FILES = {
  "projects/shop/project.yml":
    'name: shop\nowner: { team: shop, email: shop@example.com }\nschedules:\n  hourly: { cron: "5 * * * *", timezone: UTC }\n',
  "projects/shop/models/orders.sql": "{{ config(tags=['heavy']) }} select 1 as id",
};

test("what is paused is listed with who, why and until when, and goes on when it is unpaused", async () => {
  await withTempMesh(FILES, async ({ root }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args, { MESH_ACTOR: "ana" });
    expect(await mesh("pauses")).toMatchObject({ code: 0, stdout: "Nothing is paused.\n" });
    const made = await mesh("pause", "schedule:shop.hourly", "--why", "the store moves", "--until", "2h");
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("Paused schedule:shop.hourly") });
    await mesh("pause", "project:shop", "--by", "ben");
    for (const what of ["model:shop.orders", "pool:tag:heavy", "pool:project:shop", "system"])
      expect(await mesh("pause", what)).toMatchObject({ code: 0 });
    expect((await mesh("pauses")).stdout).toMatch(
      /schedule:shop\.hourly +\S+ \S+ +until \S+ \S+ +ana +the store moves/,
    );
    expect(await mesh("unpause", "system")).toMatchObject({ code: 0 });
    expect(await mesh("unpause", "schedule:shop.hourly")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("It is still held by project:shop."),
    });
    expect(await mesh("unpause", "schedule:shop.hourly")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("pause/not-paused"),
    });
    const left = JSON.parse((await mesh("pauses", "--json")).stdout) as { name: string; by: string }[];
    expect(left.map(({ name, by }) => `${name} ${by}`)).toEqual([
      "shop ben",
      "shop.orders ana",
      "tag:heavy ana",
      "project:shop ana",
    ]);
    expect(JSON.parse((await mesh("pauses", "--all", "--json")).stdout)).toHaveLength(6);
    expect(JSON.parse((await mesh("audit", "--json", "--actor", "ben")).stdout)).toMatchObject([
      { action: "project.pause", subject: "shop" },
    ]);
  });
});

test("what the mesh does not have is not paused", async () => {
  await withTempMesh(FILES, async ({ root }) => {
    const mesh = (...args: string[]) => runMeshHere(root, args);
    for (const [what, said] of [
      ["shop.hourly", "pause/what-unclear"],
      ["schedule:shop.hurly", 'Did you mean "shop.hourly"?'],
      ["model:shop.order", 'Did you mean "shop.orders"?'],
      ["pool:store:shop.db", "pause/unknown"],
      ["project:shopp", 'Did you mean "shop"?'],
    ] as const)
      expect(await mesh("pause", what)).toMatchObject({ stderr: expect.stringContaining(said), stdout: "" });
    expect(await mesh("pause", "system", "--until", "soon")).toMatchObject({ code: 2 });
    expect(JSON.parse((await mesh("pauses", "--all", "--json")).stdout)).toEqual([]);
  });
});

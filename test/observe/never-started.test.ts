// A run that never begins (its pool's limit is 0), two schedulers in processes of their own: one alert to the right owner, one when it is over.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { openPromisedState, promisedMesh } from "../support/promised-mesh.ts";
import { newRun, newTask } from "../support/state-runs.ts";

test("a run that never begins is told once to its owner, by whichever of two schedulers, and once when it has come", async () => {
  const got: { channel: string; title: string; key: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { channel, text, metadata } = JSON.parse(body);
      got.push({ channel, title: text, key: metadata.event_payload.kind });
      response.end("ok");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const manifest = promisedMesh({
    "sales.daily": { available_by: "06:00" },
    "board.totals": { available_by: "06:30" },
  });
  const place = await openPromisedState(manifest);
  const folder = dirname(place.path);
  const { port } = server.address() as AddressInfo;
  const alerts = {
    channels: { chat: { kind: "webhook", url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000 } },
    owners: { slack: "chat" },
    routes: {},
    default: [],
  };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "alerts.json"), JSON.stringify(alerts));
  const start = () => {
    const jiti = join(import.meta.dirname, "../../node_modules/jiti/lib/jiti-cli.mjs");
    const script = join(import.meta.dirname, "../support/levels-child.ts");
    const files = [place.path, join(folder, "manifest.json"), join(folder, "alerts.json")];
    const child = spawn(process.execPath, [jiti, script, ...files], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, lines };
  };
  const schedulers = [start(), start()];
  /** Both look at the same instant, at once. */
  const look = async (instant: string) => {
    for (const { child } of schedulers) child.stdin.write(`${instant}\n`);
    expect(await Promise.all(schedulers.map(({ lines }) => lines.next()))).toMatchObject([
      { value: instant },
      { value: instant },
    ]);
  };
  try {
    for (const model of ["shop.raw", "shop.clean", "sales.daily", "board.totals"])
      await place.publish(model, new Date("2026-11-25T01:31:00Z"), new Date("2026-11-25T01:40:00Z"));
    await look("2026-11-26T00:00:00.000Z");
    expect(
      await place.state.listSlots({ from: new Date("2026-11-26T00:00:00Z"), to: new Date("2026-11-26T23:00:00Z") }),
    ).toMatchObject([
      { subject: "sales.daily", dueAt: new Date("2026-11-26T05:00:00Z"), sinceAt: new Date("2026-11-26T01:30:00Z") },
      { subject: "board.totals", dueAt: new Date("2026-11-26T05:30:00Z") },
    ]);
    // The tick asked for a run, and the pool lets nothing of it begin.
    const run = newRun({ executor: "workers", schedule: "sales.nightly", scheduleKey: "2026-11-26T01:30:00Z" });
    await place.state.recordRun(run);
    await place.state.beginRun(run.id, "{}", [newTask("build:sales.daily", { pools: ["project:sales"] })]);
    await place.state.admit({ executor: "workers" }, () => []);
    for (const instant of ["04:59:59.000", "05:00:00.000", "05:00:15.000", "05:20:00.000", "06:10:00.000"])
      await look(`2026-11-26T${instant}Z`);
    const opened = got.filter(({ key }) => key === "opened");
    expect(opened).toEqual([
      { channel: "#sales", title: "sales.daily breaks its promise because of schedule sales.nightly", key: "opened" },
      { channel: "#board", title: "board.totals breaks its promise because of schedule board.nightly", key: "opened" },
    ]);
    expect(got).toHaveLength(2);

    for (const model of ["sales.daily", "board.totals"])
      await place.publish(model, new Date("2026-11-26T06:20:00Z"), new Date("2026-11-26T06:20:00Z"));
    await look("2026-11-26T06:20:15.000Z");
    await look("2026-11-26T06:21:00.000Z");
    expect(
      got
        .slice(2)
        .map(({ channel, key }) => `${key} ${channel}`)
        .sort(),
    ).toEqual(["recovered #board", "recovered #sales"]);
    expect(got).toHaveLength(4);
    expect(await place.state.listIncidents({ open: true })).toEqual([]);
    const due = await place.state.listSlots({
      from: new Date("2026-11-26T00:00:00Z"),
      to: new Date("2026-11-26T23:00:00Z"),
    });
    expect(
      due.every(({ metAt }) => metAt?.toISOString() === "2026-11-26T06:20:00.000Z"),
      "late, not forgotten",
    ).toBe(true);
  } finally {
    for (const { child } of schedulers) {
      child.stdin.end();
      await once(child, "exit");
    }
    server.close();
    await place.remove();
  }
}, 120_000);

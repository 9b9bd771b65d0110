// Owns a service that changes `busy(id, v, pad)` without a pause: inserts, updates in place and across pages, deletes, vacuum. In a process of its own.
import pg from "pg";

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
let stop = false;
process.once("SIGTERM", () => {
  stop = true;
});
process.send("writing");
for (let round = 0; !stop; round++) {
  const at = (round * 37) % 8000;
  await client.query(`UPDATE busy SET pad = repeat('y', 100) WHERE id BETWEEN ${at} AND ${at + 40}`);
  await client.query(`UPDATE busy SET v = v + 1 WHERE id % 97 = ${round % 97}`);
  await client.query(`DELETE FROM busy WHERE id % 211 = ${round % 211}`);
  await client.query(
    `INSERT INTO busy SELECT n, 0, repeat('z', 100) FROM generate_series(1, 9000) n WHERE n % 211 = ${round % 211} ON CONFLICT DO NOTHING`,
  );
  await client.query(`UPDATE busy SET pad = repeat('w', 900) WHERE id % 301 = ${round % 301}`);
  if (round % 10 === 9) await client.query("VACUUM busy");
}
await client.end();
process.disconnect();

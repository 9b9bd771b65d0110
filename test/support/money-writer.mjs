// Owns a service that moves money as fast as it can, between the rows of `accounts` and between it and `deposits`. In a process of its own.
import mysql from "mysql2/promise";
import pg from "pg";

const [, , url, rows] = process.argv;
const client = url.startsWith("mysql:")
  ? await mysql.createConnection({ uri: url, multipleStatements: true })
  : new pg.Client({ connectionString: url });
if (client instanceof pg.Client) await client.connect();
let stop = false;
let transfers = 0;
process.once("SIGTERM", () => {
  stop = true;
});
process.send("moving");
while (!stop) {
  const from = 1 + ((transfers * 7919) % Number(rows));
  const to = 1 + ((transfers * 104729 + 13) % Number(rows));
  const [out, into] = [
    ["accounts", "deposits"],
    ["accounts", "accounts"],
    ["deposits", "accounts"],
    ["deposits", "deposits"],
  ][transfers % 4];
  const amount = 1 + (transfers % 997);
  await client.query(
    `BEGIN; UPDATE ${out} SET amount = amount - ${amount} WHERE id = ${from}; UPDATE ${into} SET amount = amount + ${amount} WHERE id = ${to}; COMMIT`,
  );
  transfers++;
}
await client.end();
process.send(transfers);
process.disconnect();

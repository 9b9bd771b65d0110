// Owns a process that moves money between the tables a and b of a SQLite file as fast as it can, and tells how often it did.
import Database from "libsql";

const db = new Database(process.argv[2]);
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000");
let moves = 0;
function round() {
  for (let i = 0; i < 20; i++) {
    const id = moves++ % 200;
    const amount = ((moves * 7919) % 101) - 40;
    db.exec(`BEGIN IMMEDIATE; UPDATE a SET amount = amount - ${amount} WHERE id = ${id}; UPDATE b SET amount = amount + ${amount} WHERE id = ${id}; COMMIT`);
  }
  process.send?.(moves);
  setImmediate(round);
}
process.on("disconnect", () => process.exit());
round();

// A process of its own that tells who it is and what it thinks of itself and of the processes it is given as JSON, in one line; then it stays until it is killed.
import { identityOf, type ProcessIdentity, processState } from "../../core/util/process-identity.ts";

const others = JSON.parse(process.argv[2] ?? "[]") as readonly ProcessIdentity[];
const own = identityOf();
process.stdout.write(`${JSON.stringify({ own, self: processState(own), others: others.map(processState) })}\n`);
setInterval(() => undefined, 1e6);

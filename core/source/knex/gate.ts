// Owns nothing: the gate of `util`, under the name the stores know it by.
export { createGate, type Gate } from "../../util/index.ts";

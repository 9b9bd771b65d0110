import { defineModel, ref } from "mesh-elt";
import { rates } from "../lib/rates.ts";
export default defineModel({ columns: { a: "bigint" }, *rows() { yield* rates; } });

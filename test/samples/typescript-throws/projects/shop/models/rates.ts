import { defineModel, ref } from "mesh-elt";

const region: string | undefined = undefined;
if (region === undefined) throw new Error("no region is configured");

export default defineModel({ columns: { a: "bigint" }, *rows() {} });

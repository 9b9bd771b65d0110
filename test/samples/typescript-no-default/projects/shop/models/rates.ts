import { defineModel, ref } from "mesh-elt";
export const rates = defineModel({ columns: { a: "bigint" }, *rows() {} });

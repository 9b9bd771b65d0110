import { defineModel, ref } from "mesh-elt";
export default defineModel({ columns: { a: "bigint" }, deps: { x: ref("ordrs") }, *rows() {} });

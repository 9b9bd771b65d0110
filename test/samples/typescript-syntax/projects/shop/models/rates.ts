import { defineModel, ref } from "mesh-elt";
export default defineModel({
  columns: { a: "bigint" ,
  *rows() { yield { a: 1n }; },
});

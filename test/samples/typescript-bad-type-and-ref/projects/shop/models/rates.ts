import { defineModel, ref } from "mesh-elt";
export default defineModel({ columns: { a: "bigin" }, *rows() {} });

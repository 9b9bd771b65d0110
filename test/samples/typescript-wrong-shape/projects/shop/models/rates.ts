import { defineModel, ref } from "mesh-elt";
export default defineModel({
  colums: { a: "bigint" },
  columns: { a: 5 },
  deps: { orders: "orders" },
} as never);

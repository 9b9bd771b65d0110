import { defineMesh } from "mesh-elt";
export const mesh = defineMesh({} as never);

// Cutting a range of a cursor into windows, and judging which of them were read before. Pure. May not know state, plans or runs.
export { type Cut, cutRange, MOST_WINDOWS } from "./cut-range.ts";
export { chooseWindows, type JudgedWindow, judgeWindows } from "./judge-windows.ts";
export { type Bounds, type CursorType, msOfBound, positionOf } from "./positions.ts";

// Rows from JavaScript to Parquet, exact or refused, and Parquet footers read back. The only home of parquetjs-lite; knows no warehouse.
export { type Footer, readFooter } from "./read-footer.ts";
export { writeRows } from "./write-rows.ts";

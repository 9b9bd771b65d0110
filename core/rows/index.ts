// Rows from JavaScript to Parquet, exact or refused, and Parquet footers read back. The only home of parquetjs-lite; knows no warehouse.
export { type Footer, readFooter } from "./read-footer.ts";
export { type Row, type WriteRowsRequest, type WrittenRows, writeRows } from "./write-rows.ts";

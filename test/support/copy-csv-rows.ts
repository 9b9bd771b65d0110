// Owns reading COPY_CSV bytes back, for tests: NULL and the empty string stay apart.

/** Cells of each row; null is NULL. Throws on text that is not of the dialect. */
export function parseCopyCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let i = 0;
  while (i < text.length) {
    let cell: string | null;
    if (text[i] === '"') {
      let end = i + 1;
      while (text[end] !== '"' || text[end + 1] === '"') {
        if (end >= text.length) throw new Error("a quoted cell has no end");
        end += text[end] === '"' ? 2 : 1;
      }
      cell = text.slice(i + 1, end).replaceAll('""', '"');
      i = end + 1;
    } else {
      const end = text.slice(i).search(/[,\n]/) + i;
      if (end < i) throw new Error("the last row has no end");
      cell = end === i ? null : text.slice(i, end);
      i = end;
    }
    row.push(cell);
    if (text[i] === "\n") {
      rows.push(row);
      row = [];
    } else if (text[i] !== ",") throw new Error(`a cell is followed by ${JSON.stringify(text[i])}`);
    i++;
  }
  return rows;
}

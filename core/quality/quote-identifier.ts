// Owns writing a name into SQL so that it is read as a name.

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

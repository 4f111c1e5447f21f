/**
 * Returns rows below their headings, each column as wide as its widest cell. Columns from `right` on are
 * aligned right.
 */
export function tableOf(rows: readonly (readonly string[])[], right = Number.POSITIVE_INFINITY): string {
  const [heads = []] = rows;
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => padded(cell, widths[column] ?? 0, column < right)).join('  ');
  return `${rows.map((row) => line(row).trimEnd()).join('\n')}\n`;
}

function padded(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

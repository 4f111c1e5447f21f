import { z } from 'zod';

/** The path of a value in the items of a list. */
export type Column = readonly string[];

/** Returns a column for each field of an item, of objects inside too. The columns do not depend on the items. */
export function columnsOf(item: z.core.$ZodType, path: Column = []): readonly Column[] {
  const shown = item instanceof z.ZodNullable || item instanceof z.ZodOptional ? item.unwrap() : item;
  if (!(shown instanceof z.ZodObject)) return [path];
  return Object.entries(shown.shape).flatMap(([name, field]) => columnsOf(field, [...path, name]));
}

/** Excel takes a file without it for one in the code page of the computer, and shows Chinese names wrong. */
const byteOrderMark = '\uFEFF';

/** Returns the first line: the names of the columns. */
export function csvHead(columns: readonly Column[]): string {
  return byteOrderMark + line(columns.map((column) => column.join('.')));
}

export function csvLine(item: unknown, columns: readonly Column[]): string {
  return line(columns.map((column) => textOf(valueAt(item, column))));
}

/** RFC 4180. */
function line(cells: readonly string[]): string {
  return `${cells.map((text) => `"${inert(text).replaceAll('"', '""')}"`).join(',')}\r\n`;
}

/** A spreadsheet would run a cell that begins so as a formula: OWASP, "CSV Injection". The apostrophe makes it a text. */
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;

function inert(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

function valueAt(item: unknown, column: Column): unknown {
  return column.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    item,
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

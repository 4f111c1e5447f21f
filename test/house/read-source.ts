import { parseSync } from 'oxc-parser';

/** A syntax tree, as far as the walls read it. */
export interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

export interface Import {
  readonly specifier: string;
  /** True for a type import, which is erased before the program runs. */
  readonly typeOnly: boolean;
  /** The names that are imported or re-exported; `*` for all of them. */
  readonly names: readonly string[];
  readonly line: number;
}

/** A line or block comment, or consecutive lines of `//` as one. */
export interface Comment {
  /** The text without slashes, stars and indentation. Its lines stay. */
  readonly text: string;
  /** The line on which its text begins. */
  readonly line: number;
}

export interface Source {
  /** The path from the root of the project, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly statements: readonly Syntax[];
  readonly imports: readonly Import[];
  /** All nodes, outer before inner. */
  readonly nodes: readonly Syntax[];
  readonly comments: readonly Comment[];
  lineOf(node: Pick<Syntax, 'start'>): number;
}

/** Parses one file with a real parser, so that comments and strings are not taken for code. */
export function readSource(path: string, text: string): Source {
  const { program, comments: found, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new Error(`${path}: ${error.message}`);
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index);
  const lineOf = ({ start }: Pick<Syntax, 'start'>) => countBefore(starts, start) + 1;
  const nodes: Syntax[] = [];
  collect(program, nodes);
  const body: readonly unknown[] = program.body;
  const statements = body.filter(isSyntax);
  const imports = nodes.flatMap((node) => importOf(node, lineOf) ?? []);
  const comments = joined(found, text).map(({ start, value }) => ({
    text: value.trim(),
    line: lineOf({ start }) + (/^\s*/.exec(value)?.[0].split('\n').length ?? 1) - 1,
  }));
  return { path, lines: starts.length, statements, imports, nodes, comments, lineOf };
}

interface Found {
  readonly type: 'Line' | 'Block';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Consecutive lines of `//` are one comment; a comment after code is one of its own. */
function joined(found: readonly Found[], text: string): readonly Found[] {
  const all: Found[] = [];
  for (const { value, ...one } of found) {
    const last = all.at(-1);
    const plain = value.replace(/^[ \t]*\*+ ?/gm, '').trimEnd();
    const follows =
      last?.type === 'Line' &&
      one.type === 'Line' &&
      /^\r?\n[ \t]*$/.test(text.slice(last.end, one.start)) &&
      /(^|\n)[ \t]*$/.test(text.slice(0, last.start));
    if (follows) all.splice(-1, 1, { ...last, value: `${last.value}\n${plain}`, end: one.end });
    else all.push({ ...one, value: plain });
  }
  return all;
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Adds a node and all within it. Nested generators would take ten times as long. */
function collect(value: unknown, nodes: Syntax[]): void {
  if (Array.isArray(value)) for (const one of value) collect(one, nodes);
  else if (isSyntax(value)) {
    nodes.push(value);
    for (const member of Object.values(value)) if (typeof member === 'object') collect(member, nodes);
  }
}

/** Returns how many of the ascending numbers are below a limit. */
function countBefore(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function importOf(node: Syntax, lineOf: Source['lineOf']): Import | undefined {
  if (!importing.has(node.type) || !isSyntax(node.source)) return undefined;
  const { value } = node.source;
  if (typeof value !== 'string') return undefined;
  const members = Array.isArray(node.specifiers) ? node.specifiers.filter(isSyntax) : [];
  const erased = (one: Syntax) => (one.importKind ?? one.exportKind) === 'type';
  const typeOnly =
    node.type === 'TSImportType' || erased(node) || (members.length > 0 && members.every(erased));
  return { specifier: value, typeOnly, names: namesOf(node, members), line: lineOf(node) };
}

function namesOf({ type, qualifier }: Syntax, members: readonly Syntax[]): readonly string[] {
  if (type === 'ExportAllDeclaration' || type === 'ImportExpression') return ['*'];
  if (type === 'TSImportType') return [nameOf(qualifier) ?? '*'];
  const all = (one: Syntax) => (one.type === 'ImportNamespaceSpecifier' ? '*' : undefined);
  return members.flatMap((one) => all(one) ?? nameOf(one.imported ?? one.local) ?? []);
}

/** Returns the name of an identifier, or the text of a string in its place. */
export function nameOf(node: unknown): string | undefined {
  if (!isSyntax(node)) return undefined;
  const name = node.name ?? node.value;
  return typeof name === 'string' ? name : undefined;
}

/** Returns the text of a name or of a string, without what is inserted into it. */
export function textOf({ type, name, value }: Syntax): string {
  if ((type === 'Identifier' || type === 'PrivateIdentifier') && typeof name === 'string') return name;
  if (type === 'Literal' && typeof value === 'string') return value;
  if (type === 'TemplateElement' && typeof value === 'object' && value !== null && 'raw' in value)
    return String(value.raw);
  return '';
}

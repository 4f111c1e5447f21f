import { parseSync } from 'oxc-parser';

/** The kinds of lines, the first that applies. */
export const lineKinds = [
  'blank or comment',
  'import',
  'text',
  'type',
  'page',
  'declaration',
  'logic',
] as const;
export type LineKind = (typeof lineKinds)[number];

type Node = { readonly type: string; readonly start: number; readonly end: number } & Record<string, unknown>;

/**
 * Counts the lines of a file by kind. `text`: a sentence in two languages. `page`: a template of HTML. `declaration`: an object
 * that is no function's, e.g. the columns of a list. `logic`: all else.
 */
export function countKinds(path: string, source: string): Readonly<Record<LineKind, number>> {
  const starts = [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineAt = (offset: number) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const lines = source.split('\n').slice(0, source.endsWith('\n') ? -1 : undefined);
  const kinds: LineKind[] = lines.map(() => 'logic');
  const { program, comments } = parseSync(path, source);
  const mark = ({ start, end }: { start: number; end: number }, kind: LineKind) => {
    for (let line = lineAt(start); line <= lineAt(end - 1); line += 1) {
      const now = kinds[line] ?? 'logic';
      if (lineKinds.indexOf(kind) < lineKinds.indexOf(now)) kinds[line] = kind;
    }
  };
  visit(program as unknown as Node, 0, mark);
  for (const [line, text] of lines.entries()) if (text.trim() === '') kinds[line] = 'blank or comment';
  for (const { start, end } of comments) {
    const line = lineAt(start);
    // A comment behind code is no line of its own.
    if (source.slice(starts[line], start).trim() === '') mark({ start, end }, 'blank or comment');
  }
  const counts = Object.fromEntries(lineKinds.map((kind) => [kind, 0])) as Record<LineKind, number>;
  for (const kind of kinds) counts[kind] += 1;
  return counts;
}

function visit(node: Node, functions: number, mark: (at: Node, kind: LineKind) => void): void {
  const kind = kindOf(node, functions);
  if (kind) mark(node, kind);
  const inside = functions + (/Function/.test(node.type) ? 1 : 0);
  for (const value of Object.values(node).flat())
    if (typeof value === 'object' && value !== null && 'type' in value) visit(value as Node, inside, mark);
}

function kindOf(node: Node, functions: number): LineKind | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return 'import';
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return 'type';
    case 'TaggedTemplateExpression':
      return (node.tag as { name?: string }).name === 'html' ? 'page' : undefined;
    case 'Property':
      return isText(node.value as Node) ? 'text' : undefined;
    case 'ObjectExpression':
      return isText(node) ? 'text' : functions === 0 ? 'declaration' : undefined;
    default:
      return undefined;
  }
}

function isText({ type, properties }: Node): boolean {
  if (type !== 'ObjectExpression') return false;
  const names = (properties as readonly Node[]).map(
    ({ key }) => (key as { name?: string } | undefined)?.name,
  );
  return names.includes('en') && names.includes('zh');
}

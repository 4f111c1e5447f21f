import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';

interface Syntax {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** The titles of a test file as vitest prints them: those of the groups, then the test's own, one space between. */
export function titlesOf(path: string): readonly string[] {
  return read(path).titles;
}

/** The comments of a file. */
export function commentsOf(path: string): readonly string[] {
  return read(path).comments;
}

interface Read {
  readonly titles: readonly string[];
  readonly comments: readonly string[];
}

/** Hundreds of cases name the same files. */
const known = new Map<string, Read>();

function read(path: string): Read {
  const before = known.get(path);
  if (before) return before;
  const { program, comments } = parseSync(path, readFileSync(path, 'utf8'));
  const titles: string[] = [];
  addTitles(program, [], titles);
  const found = { titles, comments: comments.map(({ value }) => value) };
  known.set(path, found);
  return found;
}

function addTitles(value: unknown, groups: readonly string[], titles: string[]): void {
  if (Array.isArray(value)) for (const one of value) addTitles(one, groups, titles);
  if (!isSyntax(value)) return;
  const title = titleOf(value);
  const inner = title === undefined ? groups : [...groups, title];
  if (title !== undefined && nameOf(value.callee) !== 'describe') titles.push(inner.join(' '));
  for (const member of Object.values(value)) if (typeof member === 'object') addTitles(member, inner, titles);
}

/** The first argument of describe(…), it(…), test(…) or of their .each(…)(…), where it is a text. */
function titleOf(node: Syntax): string | undefined {
  if (node.type !== 'CallExpression' || !['describe', 'it', 'test'].includes(nameOf(node.callee) ?? ''))
    return undefined;
  const [first] = Array.isArray(node.arguments) ? node.arguments.filter(isSyntax) : [];
  if (first?.type === 'Literal' && typeof first.value === 'string') return first.value;
  return first?.type === 'TemplateLiteral' ? templateText(first) : undefined;
}

/** The text of a template, with … for each expression in it. */
function templateText(node: Syntax): string {
  const parts = Array.isArray(node.quasis) ? node.quasis.filter(isSyntax) : [];
  return parts.map(({ value }) => (isRecord(value) ? String(value.cooked) : '')).join('…');
}

/** The name that a callee begins with: `it` of `it.each<T>([…])`. */
function nameOf(callee: unknown): string | undefined {
  if (!isSyntax(callee)) return undefined;
  if (callee.type === 'Identifier') return String(callee.name);
  return nameOf(callee.type === 'MemberExpression' ? callee.object : callee.callee);
}

function isSyntax(value: unknown): value is Syntax {
  return isRecord(value) && 'type' in value && typeof value.type === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

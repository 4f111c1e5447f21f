import { roomOf } from '../house.ts';
import { isSyntax, nameOf, type Syntax, textOf } from '../read-source.ts';
import { codeWall, importWall, type Wall } from '../wall.ts';
import { readTables, type Table } from './tables.ts';

const owners = readTables();
const operation = /^(find|create|update|delete|upsert|count|aggregate|groupBy)/;
/** The names under which code has Prisma's client or a transaction of it. */
const clients = ['prisma', 'transaction', 'tx'];
const statement =
  /\b(?:FROM|INTO|UPDATE|JOIN|TABLE|TRUNCATE|USING|REFERENCES)\s+(?:ONLY\s+)?(?:"?public"?\s*\.\s*)?"?([a-z_]+)/g;
/** The same in lower case, which reads like English, so the text must be a whole statement. */
const lowerCase = /^\s*(?:select|insert|update|delete|truncate|with|merge|lock|copy)\b/;
const keyword = /\b(from|into|update|join|table|truncate|using|references|only)\b/g;
/** Files that look at tables of all rooms as tables: whether they exist, and what an earlier version wrote in them. */
const mayName = [
  'src/assembly/shifted-tables.ts',
  'src/kit/database/open-database.ts',
  'src/kit/database/schema-choice.ts',
];
/** The owner of a token set is authenticated with its seal, so the vault reads it with the entry. */
const mayRead: Readonly<Record<string, readonly string[]>> = { 'src/vault/owner-store.ts': ['identity'] };
/** Lists across people join the tables of several rooms. These files read them, and write none. */
const mayList = /^src\/reporting\/[^/]+-list-store\.ts$/;
const writes =
  /\b(?:INSERT|UPDATE|DELETE|TRUNCATE|MERGE|COPY|ALTER|DROP)\b|FOR (?:NO KEY )?(?:UPDATE|SHARE)/i;
const isStore = (path: string) => path.endsWith('-store.ts') || path === 'src/kit/events/events.ts';

export const databaseWalls: readonly Wall[] = [
  importWall(
    'Prisma is opened in kit/database/database.ts and kit/database/migrate.ts',
    'rooms stay separate in the database too',
    ({ from, to }) =>
      /^@prisma\/|^prisma$|^src\/generated\//.test(to) &&
      !['src/kit/database/database.ts', 'src/kit/database/migrate.ts'].includes(from.path),
  ),
  codeWall(
    'connections to PostgreSQL are made in kit/database/database-session.ts',
    'a session that is not set up reads and writes moments in another time zone',
    (node, { path }) => {
      const made = path === 'src/kit/database/database-session.ts' ? undefined : connectionIn(node);
      return made && `makes a ${made} of pg's`;
    },
  ),
  importWall(
    "Prisma's client is used in stores",
    'what a room keeps is said in one kind of file',
    ({ from, to, names }) =>
      to === 'src/kit/database/database.ts' &&
      names.some((name) => name === '*' || name.startsWith('Prisma')) &&
      !isStore(from.path),
  ),
  codeWall(
    'a store asks Prisma for tables of its own room',
    'a room changes its tables without asking another',
    (node, { path }) => {
      const models = modelsAsked(node);
      if (models.length === 0) return undefined;
      const asked = owners.filter(({ model }) => models.includes(model));
      const own = asked.find((table) => mayUse(table, path));
      const foreign = own ? [...related(node.arguments, own)] : asked;
      const one = foreign.find((table) => !mayUse(table, path));
      return one && `asks for ${one.model}, a table of ${one.room}`;
    },
  ),
  codeWall(
    'SQL is written in stores, on tables of their own room',
    'a room changes its tables without asking another',
    (node, { path }) => {
      const named = tablesNamed(node, path);
      if (mayList.test(path) && !writes.test(textOf(node))) return undefined;
      const foreign = owners.filter((one) => named.includes(one.table) && !mayUse(one, path));
      return foreign.length > 0 ? `has SQL on ${foreign.map(({ table }) => table).join(', ')}` : undefined;
    },
  ),
];

function mayUse({ room, table }: Table, path: string): boolean {
  if (mayRead[path]?.includes(table)) return true;
  return room === roomOf(path) && isStore(path);
}

/** Matches `pg.Client`, `const { Client } = pg` and `import { Client } from 'pg'`. */
function connectionIn(node: Syntax): string | undefined {
  const { type, object, property, id, init, source, importKind } = node;
  const found = (names: readonly (string | undefined)[]) =>
    names.find((name) => name === 'Client' || name === 'Pool');
  if (type === 'MemberExpression' && nameOf(object) === 'pg') return found([nameOf(property)]);
  if (type === 'VariableDeclarator' && nameOf(init) === 'pg') return found(keysOf(id));
  if (type !== 'ImportDeclaration' || nameOf(source) !== 'pg' || importKind === 'type') return undefined;
  const members = Array.isArray(node.specifiers) ? node.specifiers.filter(isSyntax) : [];
  return found(members.filter((one) => one.importKind !== 'type').map((one) => nameOf(one.imported)));
}

/** Matches `<anything>.model.findMany(…)`, `prisma.model` in any use, and `const { model } = prisma`. */
function modelsAsked({ type, callee, object, property, id, init }: Syntax): readonly (string | undefined)[] {
  const isClient = (node: unknown) =>
    isSyntax(node) && clients.includes(nameOf(node.type === 'MemberExpression' ? node.property : node) ?? '');
  if (type === 'CallExpression' && isSyntax(callee) && operation.test(nameOf(callee.property) ?? ''))
    return isSyntax(callee.object) ? [nameOf(callee.object.property)] : [];
  if (type === 'MemberExpression' && isClient(object)) return [nameOf(property)];
  return type === 'VariableDeclarator' && isClient(init) ? keysOf(id) : [];
}

/** The tables that a call reaches by relations, as in `include: { entry: true }`. */
function* related(given: unknown, table: Table): Generator<Table> {
  if (Array.isArray(given)) for (const one of given) yield* related(one, table);
  else if (isSyntax(given)) {
    const to = given.type === 'Property' ? table.relations.get(nameOf(given.key) ?? '') : undefined;
    const next = owners.find(({ model }) => model === to);
    if (next) yield next;
    for (const member of Object.values(given))
      if (typeof member === 'object') yield* related(member, next ?? table);
  }
}

function keysOf(pattern: unknown): readonly (string | undefined)[] {
  const properties = isSyntax(pattern) && Array.isArray(pattern.properties) ? pattern.properties : [];
  return properties.filter(isSyntax).map(({ key }) => nameOf(key));
}

/**
 * A name of several words is a table's in any text, for SQL can be put together from parts. A name such as `user` is one
 * after a word of SQL.
 */
function tablesNamed(node: Syntax, path: string): readonly string[] {
  if (node.type !== 'Literal' && node.type !== 'TemplateElement') return [];
  const text = textOf(node);
  const upper = lowerCase.test(text) ? text.replace(keyword, (word) => word.toUpperCase()) : text;
  const inStatements = [...upper.matchAll(statement)].map(([, table = '']) => table);
  if (mayName.includes(path)) return inStatements;
  const words: readonly string[] = text.match(/\w+_\w+/g) ?? [];
  const foreign =
    words.length === 0
      ? []
      : owners.filter(({ table, room }) => words.includes(table) && room !== roomOf(path));
  return [...inStatements, ...foreign.map(({ table }) => table)];
}

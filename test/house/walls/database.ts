import { readFileSync } from 'node:fs';
import { roomOf } from '../house.ts';
import { isSyntax, nameOf, type Syntax } from '../read-source.ts';
import { codeWall, importWall, type Wall } from '../wall.ts';

interface Table {
  readonly room: string;
  readonly model: string;
  readonly table: string;
}

/** The owner of each table, from the sections of the schema. */
function tables(schema = readFileSync('prisma/schema.prisma', 'utf8')): readonly Table[] {
  const sections = schema.split(/^\/\/ -+ (\w+)$/m);
  return sections.flatMap((room, index) =>
    index % 2 === 0
      ? []
      : [...(sections[index + 1] ?? '').matchAll(/^model (\w+) \{.*?@@map\("(\w+)"\)/gms)].map(
          ([, model = '', table = '']) => ({
            room,
            model: model.charAt(0).toLowerCase() + model.slice(1),
            table,
          }),
        ),
  );
}

const owners = tables();
const operation = /^(find|create|update|delete|upsert|count|aggregate|groupBy)/;
const statement = /\b(?:FROM|INTO|UPDATE|JOIN|TABLE|TRUNCATE)\s+(?:ONLY\s+)?"?([a-z_]+)/g;
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
      if (node.type !== 'NewExpression' || !isSyntax(node.callee)) return undefined;
      const made = nameOf(node.callee.object) === 'pg' && nameOf(node.callee.property);
      if (!made || path === 'src/kit/database/database-session.ts') return undefined;
      return `makes a ${made} of pg's`;
    },
  ),
  importWall(
    "Prisma's client is used in stores",
    'what a room keeps is said in one kind of file',
    ({ from, to, names }) =>
      to === 'src/kit/database/database.ts' &&
      names.some((name) => name.startsWith('Prisma')) &&
      !isStore(from.path),
  ),
  codeWall(
    'a store asks Prisma for tables of its own room',
    'a room changes its tables without asking another',
    (node, { path }) => {
      const owner = owners.find(({ model }) => model === modelAsked(node));
      if (!owner || (owner.room === roomOf(path) && isStore(path))) return undefined;
      return `asks for ${owner.model}, a table of ${owner.room}`;
    },
  ),
  codeWall(
    'SQL is written in stores, on tables of their own room',
    'a room changes its tables without asking another',
    (node, { path }) => {
      const named = [...sqlOf(node).matchAll(statement)].map(([, table]) => table);
      const foreign = owners.filter(
        ({ table, room }) => named.includes(table) && !(room === roomOf(path) && isStore(path)),
      );
      return foreign.length > 0 ? `has SQL on ${foreign.map(({ table }) => table).join(', ')}` : undefined;
    },
  ),
];

/** Matches `<anything>.model.findMany(…)`. */
function modelAsked({ type, callee }: Syntax): string | undefined {
  if (type !== 'CallExpression' || !isSyntax(callee) || !operation.test(nameOf(callee.property) ?? ''))
    return undefined;
  return isSyntax(callee.object) ? nameOf(callee.object.property) : undefined;
}

function sqlOf({ type, value }: Syntax): string {
  if (type === 'Literal' && typeof value === 'string') return value;
  if (type === 'TemplateElement' && typeof value === 'object' && value !== null && 'raw' in value)
    return String(value.raw);
  return '';
}

import { readFileSync } from 'node:fs';

export interface Table {
  /** The room that owns it. */
  readonly room: string;
  /** The name of the model, as Prisma's client has it. */
  readonly model: string;
  readonly table: string;
  /** The fields that lead to rows of other tables, with their models. */
  readonly relations: ReadonlyMap<string, string>;
}

/** Returns all tables, from the sections of the schema. */
export function readTables(schema = readFileSync('prisma/schema.prisma', 'utf8')): readonly Table[] {
  const sections = schema.split(/^\/\/ -+ (\w+)$/m);
  return sections.flatMap((room, index) =>
    index % 2 === 0
      ? []
      : [...(sections[index + 1] ?? '').matchAll(/^model (\w+) \{(.*?)@@map\("(\w+)"\)/gms)].map(
          ([, model = '', fields = '', table = '']) => ({
            room,
            model: lowerFirst(model),
            table,
            relations: relationsIn(fields, schema),
          }),
        ),
  );
}

function relationsIn(fields: string, schema: string): ReadonlyMap<string, string> {
  const typed = [...fields.matchAll(/^\s+(\w+)\s+(\w+)/gm)];
  const isModel = (type = '') => schema.includes(`\nmodel ${type} {`);
  return new Map(
    typed.filter(([, , type]) => isModel(type)).map(([, field = '', type = '']) => [field, lowerFirst(type)]),
  );
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/**
 * Tags of rows: an HMAC over a row's table, key and security-relevant columns, under a key that only the holder of the
 * encryption keys has. A row that another hand wrote into the database has no right tag and is not believed.
 */
export interface RowTags {
  /** Returns the tag of a row as it is about to be written. */
  tag<Column extends string>(
    table: TaggedTable<Column>,
    row: TaggedRow<NoInfer<Column>>,
  ): Uint8Array<ArrayBuffer>;
  /** Returns whether a row that was read may be believed. A refusal is reported. */
  believes<Column extends string>(table: TaggedTable<Column>, row: StoredRow<NoInfer<Column>>): boolean;
  /** Returns whether the tag is the one of this row, whatever the stage is. Reports nothing. */
  isRight<Column extends string>(table: TaggedTable<Column>, row: StoredRow<NoInfer<Column>>): boolean;
  /** `adopting`: rows without a right tag are still believed, since older processes may have written them. */
  readonly stage: RowTagStage;
  /** Ends the adoption at this process. It never begins again. */
  require(): void;
  /** Sets the receiver of refusals. */
  onRefused(report: (refusal: RowRefusal) => void): void;
}

export type RowTagStage = 'adopting' | 'required';

/** The columns of a table that its tag covers: the name in rows, and the name in SQL. The order is part of the tag. */
export interface TaggedTable<Column extends string = string> {
  readonly name: string;
  /** Raised when the columns change. Then the tags of the former version no longer verify. */
  readonly version: number;
  readonly key: readonly NoInfer<Column>[];
  readonly columns: Readonly<Record<Column, string>>;
  /**
   * The values of columns that came later. The tag leaves such a column out while it has this value, so that the tags of
   * earlier versions stay right.
   */
  readonly later?: Readonly<Partial<Record<NoInfer<Column>, unknown>>>;
}

export type TaggedRow<Column extends string = string> = Readonly<Record<Column, unknown>>;
export type StoredRow<Column extends string = string> = TaggedRow<Column> & {
  readonly tag: Uint8Array | null;
};

export interface RowRefusal {
  readonly table: string;
  /** The primary key, its parts joined by a space. */
  readonly id: string;
  readonly reason: 'untagged' | 'wrong_tag';
}

/** The first byte of a tag: the layout, which is this byte and the 32 bytes of the HMAC. */
const layout = 1;

export function createRowTags(key: Uint8Array, initial: RowTagStage): RowTags {
  const secret = createSecretKey(key);
  let stage = initial;
  let report: (refusal: RowRefusal) => void = () => undefined;

  const tag: RowTags['tag'] = (table, row) => {
    const mac = createHmac('sha256', secret).update(canonical(table, row)).digest();
    const bytes = new Uint8Array(1 + mac.length);
    bytes[0] = layout;
    bytes.set(mac, 1);
    return bytes;
  };
  const isRight: RowTags['isRight'] = (table, row) => {
    if (row.tag === null) return false;
    const right = tag(table, row);
    return row.tag.length === right.length && timingSafeEqual(row.tag, right);
  };

  return {
    tag,
    isRight,
    believes(table, row) {
      if (stage === 'adopting' || isRight(table, row)) return true;
      const id = table.key.map((column) => String(row[column])).join(' ');
      report({ table: table.name, id, reason: row.tag === null ? 'untagged' : 'wrong_tag' });
      return false;
    },
    get stage() {
      return stage;
    },
    require() {
      stage = 'required';
    },
    onRefused(receiver) {
      report = receiver;
    },
  };
}

function canonical<Column extends string>(table: TaggedTable<Column>, row: TaggedRow<Column>): string {
  const { later = {} } = table as TaggedTable<string>;
  const columns = Object.keys(table.columns) as Column[];
  const first = columns.filter((column) => !Object.hasOwn(later, column));
  const set = columns
    .filter((column) => Object.hasOwn(later, column))
    .map((column) => [column, plain(row[column])] as const)
    .filter(([column, value]) => JSON.stringify(value) !== JSON.stringify(plain(later[column])));
  const values = first.map((column) => plain(row[column]));
  return JSON.stringify([table.name, table.version, values, ...(set.length > 0 ? [set] : [])]);
}

/** Returns a value in one form, whether Prisma or pg read it or a store is about to write it. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  // `infinity` of PostgreSQL, which JSON would turn into null.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  // jsonb does not keep the order of keys.
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, part]) => [name, plain(part)]);
}

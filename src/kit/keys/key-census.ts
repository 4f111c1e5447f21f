import type { Keyring } from './keyring.ts';
import type { SealedRows } from './sealed-rows.ts';

/** A key and the number of values that it seals. */
export interface KeyUse {
  /** Empty when the stored id is damaged; such a key is always missing. */
  readonly id: string;
  /**
   * missing: it seals values, and it is not configured. sibling: an intermediate key with which other processes may seal
   * new values.
   */
  readonly standing: 'current' | 'sibling' | 'older' | 'missing';
  /** A key management service keeps it, so it is in no setting and retires by itself. */
  readonly intermediate: boolean;
  /** The number of values by the name of their table (`SealedRows.name`). Tables without such values are left out. */
  readonly seals: ReadonlyMap<string, number>;
  readonly total: number;
}

/** Returns every key that is configured or used: the current one, the older ones, the missing ones. */
export async function takeCensus(
  { currentKeyId, keyIds }: Pick<Keyring, 'currentKeyId' | 'keyIds'>,
  tables: readonly SealedRows[],
  roles: ReadonlyMap<string, 'sealing' | 'opening'> = new Map(),
): Promise<readonly KeyUse[]> {
  const counted: { readonly name: string; readonly counts: ReadonlyMap<string, number> }[] = [];
  for (const table of tables) counted.push({ name: table.name, counts: await table.countByKey() });
  const found = counted.flatMap(({ counts }) => [...counts.keys()]);
  return [...new Set([...keyIds, ...found.sort()])].map((id) => {
    const seals = new Map(
      counted.flatMap(({ name, counts }) => {
        const count = counts.get(id) ?? 0;
        return count > 0 ? [[name, count] as const] : [];
      }),
    );
    const sibling = roles.get(id) === 'sealing';
    const known = keyIds.includes(id) ? (sibling ? 'sibling' : 'older') : 'missing';
    const standing = id === currentKeyId ? 'current' : known;
    return {
      id,
      standing,
      intermediate: roles.has(id),
      seals,
      total: [...seals.values()].reduce((sum, count) => sum + count, 0),
    };
  });
}

/** Returns the counts in words: `3 vault entries and 1 client secret`. */
export function inWords(seals: ReadonlyMap<string, number>): string {
  const parts = [...seals].map(([name, count]) => `${count.toLocaleString('en')} ${name}`);
  return new Intl.ListFormat('en').format(parts);
}

import { expect } from 'vitest';
import type { Database } from '../../src/kit/database/database.ts';

/** Returns the whole content of the database, with sealed columns as hexadecimal. */
export async function dump({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
  );
  // One statement: a query for each table at once would open further connections.
  const lines = rows.map(
    ({ name }, place) =>
      `SELECT ${place} AS place, '${name}' AS name, string_agg(row_to_json(t)::text, E'\n') AS lines FROM ${name} t`,
  );
  const { rows: tables } = await pool.query<{ name: string; lines: string | null }>(
    `${lines.join(' UNION ALL ')} ORDER BY place`,
  );
  return tables.map(({ name, lines }) => `${name}\n${lines ?? ''}`).join('\n');
}

/**
 * Fails with the name of the place in which one of the secrets occurs, as plain text, hexadecimal or base64.
 */
export function expectNoSecrets(secrets: Iterable<string>, places: Readonly<Record<string, string>>): void {
  const found = [...new Set(secrets)].flatMap((secret) => {
    const bytes = Buffer.from(secret, 'utf8');
    // In a longer base64 text a secret can begin at any of three offsets; the middle part is the same for
    // each.
    const forms = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('hex'),
      bytes.toString('base64').replace(/=+$/, ''),
    ];
    return Object.entries(places).flatMap(([place, text]) =>
      forms.some((form) => text.includes(form))
        ? [`${place}: ${secret.slice(0, 12)}… (${secret.length} characters)`]
        : [],
    );
  });
  expect(found).toEqual([]);
}

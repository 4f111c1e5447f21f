import { readFile, writeFile } from 'node:fs/promises';
import pg from 'pg';

/** Returns the query for PostgreSQL as docs/importing.md prints it. */
export async function documentedQuery(mentioning: string): Promise<string> {
  const page = await readFile('docs/importing.md', 'utf8');
  const found = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const query = found.find((text) => text.includes(mentioning));
  if (!query) throw new Error(`docs/importing.md has no query that mentions ${mentioning}`);
  return query;
}

/** Writes one row per line, as `psql -At` prints them. */
export async function exportTo<T>(file: string, databaseUrl: string, text: string): Promise<readonly T[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const asText = { getTypeParser: () => (value: string) => value };
    const { rows } = await client.query<string[]>({ text, rowMode: 'array', types: asText });
    const lines = rows.map(([line = '']) => line);
    await writeFile(file, lines.map((line) => `${line}\n`).join(''));
    return lines.map((line) => JSON.parse(line) as T);
  } finally {
    await client.end();
  }
}

/** Reads a file of one JSON object per line. */
export async function linesOf<T>(file: string): Promise<readonly T[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

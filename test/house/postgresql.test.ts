import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Features of PostgreSQL that other engines lack or do otherwise, each with how it looks in code. */
const features: Readonly<Record<string, RegExp>> = {
  'LISTEN and NOTIFY': /\bLISTEN "?\$\{|\bLISTEN \w+[`']|\bpg_notify\(|\bNOTIFY [a-z$]/,
  'advisory locks': /\bpg_(try_)?advisory_\w+\(/,
  'SKIP LOCKED': /\bSKIP LOCKED\b/,
  'FOR SHARE': /\bFOR (KEY )?SHARE\b/,
  ctid: /\bctid\b/,
  'transaction ids and snapshots':
    /\bxid8\b|\bpg_current_(xact_id|snapshot)|\bpg_snapshot_\w+\(|\bpg_xact_\w+\(/,
  partitions: /\b(PARTITION BY RANGE|PARTITION OF|(ATTACH|DETACH) PARTITION)\b/,
  'LOCK TABLE': /\bLOCK TABLE\b/,
  'triggers and PL/pgSQL': /\bCREATE (OR REPLACE )?TRIGGER\b|\bLANGUAGE plpgsql\b/,
  'SECURITY DEFINER': /\bSECURITY DEFINER\b/,
  'partial indexes': /\bCREATE (UNIQUE )?INDEX\b[^;]*\bWHERE\b|@@(index|unique)\([^\n]*\bwhere: /,
  'GIN indexes': /\bUSING gin\b|\btype: Gin\b/i,
  'recursive queries': /\bWITH RECURSIVE\b/,
  'state of the server': /\bpg_is_in_recovery\(|\bpg_current_wal_\w+\(|\bpg_control_\w+\(/,
  'sessions of others': /\bpg_stat_activity\b/,
};

/** A word in a comment uses nothing. */
function codeOf(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*\*|--).*$/gm, '');
}

const sources = [
  ...globSync('src/**/*.ts').filter((file) => !file.startsWith('src/generated/')),
  ...globSync('prisma/*.{sql,prisma}'),
  ...globSync('prisma/migrations/*/migration.sql'),
];

/** Returns where a feature is used; the migrations count as one. */
function usersOf(pattern: RegExp): readonly string[] {
  const files = sources.filter((file) => pattern.test(codeOf(file)));
  return [...new Set(files.map((file) => file.replace(/^(prisma\/migrations)\/.*/, '$1')))].toSorted();
}

test('docs/postgresql.md names each file that uses a feature of PostgreSQL alone, and no other', () => {
  const page = readFileSync('docs/postgresql.md', 'utf8');
  const [, section = ''] = page.split('\n## Files\n');
  const named = [...section.matchAll(/^- (.+?): (.+(?:\n {2}.+)*)/gm)].map(([, feature = '', files = '']) => [
    feature,
    [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => file),
  ]);
  const used = Object.entries(features).map(([feature, pattern]) => [feature, usersOf(pattern)]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(used));
  // Each has its row in the table of engines.
  const rows = [...page.matchAll(/^\| ([^|]+?) +\| /gm)].map(([, first]) => first);
  expect(rows).toEqual(expect.arrayContaining(Object.keys(features)));
});

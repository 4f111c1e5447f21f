import { existsSync } from 'node:fs';
import type { Case, Subject } from './case.ts';
import { accessTokens } from './cases/access-tokens.ts';
import { actors } from './cases/actors.ts';
import { agents } from './cases/agents.ts';
import { audit } from './cases/audit.ts';
import { authorizationRequest } from './cases/authorization-request.ts';
import { providersCallback } from './cases/callback.ts';
import { doorsOfTokens } from './cases/doors.ts';
import { faults } from './cases/faults.ts';
import { identities } from './cases/identities.ts';
import { keys } from './cases/keys.ts';
import { profilesAndAdmin } from './cases/profiles-and-admin.ts';
import { retrieval } from './cases/retrieval.ts';
import { senders } from './cases/senders.ts';
import { sessions } from './cases/sessions.ts';
import { stolenDatabase } from './cases/stolen-database.ts';
import { supplyChain } from './cases/supply-chain.ts';
import { tokenEndpoint } from './cases/token-endpoint.ts';
import { transport } from './cases/transport.ts';
import { unknownApps } from './cases/unknown-apps.ts';
import { table } from './table.ts';

/** The subjects of docs/security.md, in its order. */
export const subjects: readonly Subject[] = [
  authorizationRequest,
  unknownApps,
  providersCallback,
  identities,
  tokenEndpoint,
  accessTokens,
  senders,
  retrieval,
  doorsOfTokens,
  agents,
  sessions,
  profilesAndAdmin,
  transport,
  stolenDatabase,
  actors,
  audit,
  supplyChain,
  faults,
  keys,
];

const begin = '<!-- cases: written by `npm run security-page` -->';
const end = '<!-- end of the cases -->';

/** Returns the page with the tables of cases between its two marks, or undefined where a mark is missing. */
export function withCases(page: string): string | undefined {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return undefined;
  return `${page.slice(0, from + begin.length)}\n\n${subjects.map(section).join('\n\n')}\n\n${page.slice(to)}`;
}

/** A test that a case names: its file, and a part of its title. */
export interface Reference {
  readonly file: string;
  readonly title: string;
}

/** Returns the tests that a case names; commands and reasons in brackets are none. */
export function referencesOf({ tests }: Case): Reference[] {
  return tests.filter(isReference).map((test) => {
    const [name = '', ...title] = test.split(': ');
    return { file: fileOf(name), title: title.join(': ') };
  });
}

/** Returns the npm scripts that a case names. */
export function scriptsOf({ tests }: Case): string[] {
  return tests.filter((test) => test.startsWith('npm run ')).map((test) => test.slice('npm run '.length));
}

function section({ title, cases, notes }: Subject): string {
  const rows = cases.map((one) => [one.sentence, placesOf(one).join(', ')]);
  return [
    `### ${title}`,
    table([['Case', 'Tested by'], ...rows]),
    ...(notes === undefined ? [] : [notes]),
  ].join('\n\n');
}

/** Returns the second column of a case: links to test files, commands, reasons. */
function placesOf({ tests }: Case): string[] {
  return [...new Set(tests.map(placeOf))];
}

function placeOf(test: string): string {
  if (test.startsWith('npm run ')) return `\`${test}\``;
  if (!isReference(test)) return `_${test.slice(1, -1)}_`;
  const [name = ''] = test.split(': ');
  return `[${name}](../${fileOf(name)})`;
}

function isReference(test: string): boolean {
  return !test.startsWith('(') && !test.startsWith('npm run ');
}

function fileOf(name: string): string {
  const file = `test/${name}.test.ts`;
  return existsSync(file) ? file : `test/${name}.ts`;
}

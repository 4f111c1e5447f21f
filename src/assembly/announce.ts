import path from 'node:path';
import type { Config } from '../config.ts';
import type { EmbeddedPostgres } from './embedded-postgres.ts';

/** The parts that the first lines name: providers, and the addresses of lab and demo if they run. */
export interface Open {
  readonly names: readonly string[];
  readonly lab: string | undefined;
  readonly demo: string | undefined;
  readonly postgres: Pick<EmbeddedPostgres, 'directory' | 'setAside'> | undefined;
  /** False until a person has a role. */
  readonly hasAdmin: boolean;
}

/** Prints the addresses to open in a browser, and the command that makes the first admin. */
export function announce(
  config: Pick<Config, 'issuer' | 'dataDirectory'>,
  say: (line: string) => void,
  { names, lab, demo, postgres, hasAdmin }: Open,
): void {
  const { issuer } = config;
  const lines = [
    ['', ''],
    ['', 'Symbolon is running.'],
    ['', ''],
    ...(demo ? [['  Open  ', `${demo}   the demo app: sign in with ${listed(names)},`]] : []),
    ...(demo
      ? [['        ', "then press a button to call the provider's API with the token the broker keeps"]]
      : []),
    ['  See   ', `${issuer}/account   linked accounts, their health, and the apps that may use them`],
    ['        ', `${issuer}/console   the console for admins`],
    ['        ', `${issuer}/docs   the API`],
    ...(lab ? [['        ', `${lab}   the simulated providers and their fault switches`]] : []),
    ['', ''],
    ...(hasAdmin ? [] : firstOwner.map((line) => ['', line])),
    ['', `  Ctrl-C stops everything; the data stays${postgres ? ` in ${config.dataDirectory}` : ''}.`],
    ...elsewhere(config, postgres).map((line) => ['  ', line] as const),
  ];
  for (const [head, tail] of lines) say(`${head}${tail}`);
}

const firstOwner = [
  '  The console has no admin yet. In another terminal, this prints a link that makes you its owner:',
  '    npm run symbolon -- admins invite --role owner',
  '',
];

/** Returns where the embedded database lies, if not in DATA_DIR. */
function elsewhere(
  { dataDirectory }: Pick<Config, 'dataDirectory'>,
  postgres: Open['postgres'],
): readonly string[] {
  if (!postgres || path.dirname(postgres.directory) === path.resolve(dataDirectory)) return [];
  const { directory, setAside } = postgres;
  return [
    `The database lies in ${directory}, since the account of PostgreSQL may not enter ${path.resolve(dataDirectory)}.`,
    ...(setAside ? [`A former database, whose keys are gone, was moved to ${setAside}: remove it.`] : []),
  ];
}

/** The number of providers that the first lines name. */
const mostNamed = 4;

function listed(names: readonly string[]): string {
  const further = names.length - mostNamed;
  const some = further > 1 ? [...names.slice(0, mostNamed), `one of ${further} more`] : names;
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(some);
}

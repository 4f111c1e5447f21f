import { type Entry, entries } from './entries.ts';
import { runSuites } from './run-suites.ts';
import { conforms, verdictOf } from './verdict.ts';
import { revokesOf, rotationOf } from './words.ts';

// `npm run providers` lists every connector and whether it conforms. It fails if a connector's suite did not
// run in full.

const brief = { oidc: 'OpenID Connect', oauth2: 'OAuth 2.0', tokenless: 'identity only' };

const results = await runSuites(
  entries.map(({ suite }) => suite),
  {
    seen: (done) => process.stderr.write(`\r${done} of ${entries.length} suites`),
    failed: (name) => process.stderr.write(`\rfailed: ${name}\n`),
  },
);
process.stderr.write('\n');

const heads = ['provider', 'protocol', 'refresh', 'revoke', 'signals', 'SDK', 'e-mail', 'conformance'];
const rows = [heads, ...entries.map(line)];
const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
for (const row of rows)
  process.stdout.write(
    `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`,
  );

const wanting = entries.filter(({ provider }) => !conforms(results.get(provider)));
process.stdout.write(`\n${entries.length} connectors, ${entries.length - wanting.length} conform\n`);
if (wanting.length > 0) process.exitCode = 1;

function line({ provider, connector }: Entry): string[] {
  const { signals, native, email = '-' } = connector;
  return [
    provider,
    brief[connector.family],
    rotationOf(connector),
    revokesOf(connector),
    signals ? 'yes' : '-',
    native?.kinds.map((kind) => kind.replace('_', ' ')).join(', ') ?? '-',
    email,
    verdictOf(results.get(provider)),
  ];
}

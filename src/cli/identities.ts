import { Command } from 'commander';
import type { Broker } from '../assembly/broker.ts';
import { openMending } from '../assembly/open-mending.ts';
import type { OpenStore } from '../assembly/open-store.ts';
import { ConfigError } from '../config.ts';
import type { Connection } from '../login/connections.ts';
import type { Mended } from '../offboarding/mend-identities.ts';
import { openLineFile } from './line-file.ts';
import { type MendCount, mendSummary } from './mend-report.ts';
import { eventsOf, withBroker } from './with-broker.ts';

interface Options {
  readonly connection?: string;
  readonly write?: true;
  readonly ask?: true;
  readonly merge?: true;
  readonly changeRoleHolders?: true;
  readonly report?: string;
  readonly ids?: string;
}

export function identitiesCommand(): Command {
  return new Command('identities').description('linked accounts of people').addCommand(
    new Command('mend')
      .description(
        'find accounts that an import stored under an id that no sign-in produces, and put them right; changes nothing ' +
          'without --write; may be stopped and run again',
      )
      .option('--connection <alias>', 'only this connection')
      .option('--write', 'do it')
      .option('--ask', 'ask the providers, by the stored tokens, about accounts that nothing else explains')
      .option(
        '--merge',
        'merge the imported user into the user whom the same person became by a sign-in meanwhile',
      )
      .option('--change-role-holders', 'put accounts of people with a role here right too')
      .option('--report <file>', 'write every account and its outcome, one JSON object per line')
      .option('--ids <file>', 'add the remaining user of each merge, one JSON object per line')
      .action((options: Options) => withBroker((broker, store) => mend(broker, store, options))),
  );
}

async function mend(broker: Broker, store: OpenStore, options: Options): Promise<void> {
  const { write = false, ask = false, merge = false, changeRoleHolders = false, report, ids } = options;
  const connections = await chosen(broker, options.connection);
  const lines = await openLineFile('--report', report, []);
  const apart = report === undefined ? [] : [report];
  // A merge is found once, so a second run must not drop the ids of the first.
  const merged = await openLineFile('--ids', write ? ids : undefined, apart, 'a');
  const counts = new Map<string, MendCount>();
  try {
    const run = await openMending(store, broker, eventsOf(store));
    for await (const one of run({ connections, write, ask, merge, changeRoleHolders })) {
      lines.write(lineOf(one));
      if (write && one.outcome === 'merged') merged.write({ from: one.userId, user: one.into });
      await Promise.all([lines.settled(), merged.settled()]);
      const key = `${one.connection} ${one.outcome}`;
      const counted = counts.get(key) ?? { of: one, count: 0 };
      counted.count += 1;
      counts.set(key, counted);
    }
  } finally {
    await Promise.all([lines.end(), merged.end()]);
  }
  print(mendSummary([...counts.values()], write));
}

async function chosen({ connections }: Broker, alias: string | undefined): Promise<readonly Connection[]> {
  const all = await connections.all();
  const found = alias === undefined ? all : all.filter((connection) => connection.alias === alias);
  if (found.length > 0 || alias === undefined) return found;
  throw new ConfigError(`There is no connection ${alias}. Those there are: symbolon connections list`);
}

function lineOf({ connection, identityId, userId, subject, right, into, outcome }: Mended) {
  return { connection, identity: identityId, user: userId, id: subject, right, into, outcome };
}

function print(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}

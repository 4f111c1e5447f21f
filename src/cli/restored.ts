import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import type { Broker } from '../assembly/broker.ts';
import type { OpenStore } from '../assembly/open-store.ts';
import { ConfigError } from '../config.ts';
import { createBrowserSessionStore } from '../http/browser-session-store.ts';
import { createEventStore } from '../kit/events/event-store.ts';
import { createLoginAttemptStore } from '../login/login-attempt-store.ts';
import { createUnverifiedStore } from '../vault/unverified-store.ts';
import { readLostChanges } from './restored-lost-changes.ts';
import { announcement, nextSteps } from './restored-report.ts';
import { formatCount } from './table.ts';
import { eventsOf, withBroker } from './with-broker.ts';

interface Options {
  readonly yes?: true;
  readonly status?: true;
  readonly since?: string;
  readonly log: readonly string[];
}

/** Entries that one statement marks. */
const batch = 1_000;

export function restoredCommand(): Command {
  return new Command('restored')
    .description(
      'after a restored database backup: end the grants and tokens that it brought back, and check every token with ' +
        'its provider; may be stopped and run again',
    )
    .option('--yes', 'do it without asking')
    .option('--status', 'only say how many tokens are still to be checked with their provider')
    .option('--since <time>', 'time of the backup; default: the time of its newest event')
    .option(
      '--log <file...>',
      'logs of the brokers since then: lists the actions that the backup has undone',
      [],
    )
    .action((options: Options) => withBroker((broker, store) => restored(broker, store, options)));
}

/** Revokes everything that the broker issued, marks all provider tokens as unverified, and prints the next steps. */
async function restored(broker: Broker, store: OpenStore, options: Options): Promise<void> {
  const { prisma, pool } = store.database;
  const entries = createUnverifiedStore(pool);
  const { active, unverified } = await entries.count();
  if (options.status)
    return print(`${formatCount(unverified)} of ${formatCount(active)} tokens are still unverified.`);
  const since = await backupTime(store, options.since);
  print(announcement({ active, since }));
  const lostChanges = await readLostChanges(options.log, since);
  if (!(await confirmed(options))) {
    process.exitCode = 1;
    return print('Nothing was done. To confirm, add --yes.');
  }

  const dropped = await broker.issuance.revokeEverything();
  print(
    `Signing keys are new. ${formatCount(dropped)} of the broker’s sessions, grants, codes and tokens were revoked.`,
  );
  const sessions = await createBrowserSessionStore(pool).endAll();
  const attempts = await createLoginAttemptStore({ prisma, pool }, store.rowTags).removeAll();
  print(
    `${formatCount(sessions)} sessions of the broker’s pages and ${formatCount(attempts)} pending sign-ins were ended.`,
  );
  await markAll(entries, active);
  await eventsOf(store).record({
    type: 'database.restored',
    detail: { known_until: since?.toISOString() ?? null, dropped, tokens: active },
  });
  await broker.audit.noteRestored('symbolon restored');
  print(nextSteps(since, options.log.length > 0 ? lostChanges : undefined));
}

/** Marks all active entries as unverified, in the order of their ids. */
async function markAll(entries: ReturnType<typeof createUnverifiedStore>, active: number): Promise<void> {
  let done = 0;
  // An empty id comes before every other.
  for (let next: string | undefined = ''; next !== undefined; ) {
    const marked = await entries.mark(next, batch);
    next = marked.next;
    done += marked.count;
    if (marked.next !== undefined)
      print(`${formatCount(done)} of ${formatCount(active)} tokens of providers are to be verified.`);
  }
}

/** Returns the time of the backup. Undefined if the database has no events. */
async function backupTime({ database }: OpenStore, given: string | undefined): Promise<Date | undefined> {
  if (given === undefined) {
    const [newest] = await createEventStore(database.prisma).list({ limit: 1, after: undefined, filter: {} });
    return newest?.at;
  }
  const time = new Date(given);
  if (Number.isNaN(time.getTime())) throw new ConfigError('--since: must be a time, as 2026-11-21T03:00:00Z');
  return time;
}

async function confirmed({ yes }: Options): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question('Do it? Type yes: ')).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

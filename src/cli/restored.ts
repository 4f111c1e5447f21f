import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import type { Broker } from '../assembly/broker.ts';
import type { OpenStore } from '../assembly/open-store.ts';
import { ConfigError } from '../config.ts';
import { createBrowserSessionStore } from '../http/browser-session-store.ts';
import { createEventStore } from '../kit/events/event-store.ts';
import { createEvents } from '../kit/events/events.ts';
import { createLog } from '../kit/log.ts';
import { createLoginAttemptStore } from '../login/login-attempt-store.ts';
import { createUnverifiedStore } from '../vault/unverified-store.ts';
import { happenedSince } from './restored-log.ts';
import { announcement, nextSteps, number } from './restored-report.ts';
import { withBroker } from './with-broker.ts';

interface Options {
  readonly yes?: true;
  readonly status?: true;
  readonly since?: string;
  readonly log: readonly string[];
}

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

async function restored(broker: Broker, store: OpenStore, options: Options): Promise<void> {
  const { prisma, pool } = store.database;
  const entries = createUnverifiedStore(pool);
  const { active, unverified } = await entries.count();
  if (options.status) return say(`${number(unverified)} of ${number(active)} tokens are still unverified.`);
  const since = await backedUpAt(store, options.since);
  say(announcement({ active, since }));
  const undone = await happenedSince(options.log, since);
  if (!(await agreed(options))) {
    process.exitCode = 1;
    return say('Nothing was done. Say --yes to do it.');
  }

  const dropped = await broker.issuance.revokeEverything();
  say(`Signing keys are new. ${number(dropped)} sessions, grants, codes and tokens of ours have ended.`);
  const sessions = await createBrowserSessionStore(pool).endAll();
  const attempts = await createLoginAttemptStore(prisma).removeAll();
  say(`${number(sessions)} sessions of our own pages and ${number(attempts)} sign-ins under way have ended.`);
  await markAll(entries, active);
  await createEvents(prisma, createLog('warn', process.stderr)).record({
    type: 'database.restored',
    detail: { known_until: since?.toISOString() ?? null, dropped, tokens: active },
  });
  say(nextSteps(since, options.log.length > 0 ? undone : undefined));
}

async function markAll(entries: ReturnType<typeof createUnverifiedStore>, active: number): Promise<void> {
  let done = 0;
  for (let next: string | undefined = ''; next !== undefined; ) {
    const marked = await entries.mark(next, batch);
    next = marked.next;
    done += marked.count;
    if (marked.next !== undefined)
      say(`${number(done)} of ${number(active)} tokens of providers are to be verified.`);
  }
}

/** What happened later is not known here. Undefined: nothing ever happened. */
async function backedUpAt({ database }: OpenStore, given: string | undefined): Promise<Date | undefined> {
  if (given === undefined) {
    const [newest] = await createEventStore(database.prisma).list({ limit: 1, after: undefined, filter: {} });
    return newest?.at;
  }
  const time = new Date(given);
  if (Number.isNaN(time.getTime())) throw new ConfigError('--since: must be a time, as 2026-11-21T03:00:00Z');
  return time;
}

async function agreed({ yes }: Options): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question('Do it? Type yes: ')).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

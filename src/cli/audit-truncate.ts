import { Command } from 'commander';
import { openUncheckedStore } from '../assembly/open-store.ts';
import { ConfigError, readConfig } from '../config.ts';
import { truncateChain } from '../kit/audit/truncate.ts';
import { formatCount } from './table.ts';
import { timeOf } from './times-given.ts';
import { eventsOf } from './with-broker.ts';

interface Options {
  readonly before: string;
  readonly reason: string;
}

export function truncateCommand(): Command {
  return new Command('truncate')
    .description(
      'delete the beginning of the audit by policy, as the role that owns the tables; a signed seal says so; may be stopped and run again',
    )
    .requiredOption('--before <time>', 'delete the events that were sealed before')
    .requiredOption('--reason <text>', 'the policy, which the seal and an event keep')
    .action(async ({ before, reason }: Options) => {
      const time = timeOf('--before', before);
      if (!time || reason.length > 256 || reason.trim() === '')
        throw new ConfigError('--reason: must have 1 to 256 characters');
      await using opened = new AsyncDisposableStack();
      const store = await openUncheckedStore(readConfig(), opened, { command: true });
      const { database, keyring } = store;
      await eventsOf(store).record({
        type: 'audit.truncated',
        detail: { before: time.toISOString(), reason },
      });
      let [seals, events] = [0, 0];
      for await (const count of truncateChain({ pool: database.pool, keyring, before: time, reason }))
        [seals, events] = [seals + 1, events + count];
      process.stdout.write(`Deleted ${formatCount(events)} events of ${formatCount(seals)} seals.\n`);
    });
}

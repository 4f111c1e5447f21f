import { Command } from 'commander';
import { openUncheckedStore } from '../assembly/open-store.ts';
import { retainAudit } from '../assembly/retention.ts';
import { ConfigError, readConfig } from '../config.ts';
import { eventsOf } from './with-broker.ts';

export function retainCommand(): Command {
  return new Command('retain')
    .description(
      'remove the weeks that AUDIT_KEEP_DAYS and AUDIT_KEEP_RETRIEVALS_DAYS no longer keep, as the role that owns the tables; may be stopped and run again',
    )
    .action(async () => {
      await using opened = new AsyncDisposableStack();
      const config = readConfig();
      const store = await openUncheckedStore(config, opened, { command: true });
      const { state, removed } = await retainAudit({
        ...store,
        events: eventsOf(store),
        keep: config.auditKeep,
      });
      if (state === 'needs the owner')
        throw new ConfigError('DATABASE_URL: this role does not own the audit; use the one that migrates');
      if (state === 'another run') process.stdout.write('Another run is under way.\n');
      for (const { until, types } of removed)
        process.stdout.write(
          `Removed ${types ? types.join(', ') : 'all events'} of the week that ended on ${until.toISOString().slice(0, 10)}.\n`,
        );
      if (state === 'done' && removed.length === 0) process.stdout.write('Nothing is due.\n');
    });
}

import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import { requireCertain } from './certain.ts';
import { eventsOf, withBroker } from './with-broker.ts';

export function removeAppCommand(): Command {
  return new Command('remove')
    .description('remove an app; all its tokens become invalid')
    .argument('<client-id>', 'client id of the app')
    .option('--yes', 'confirm')
    .action(async (id: string, { yes }: { yes?: true }) => {
      await withBroker(async ({ issuance: { apps } }, store) => {
        const app = await apps.get(id);
        if (!app) throw new ConfigError(`There is no app ${id}. Those there are: symbolon apps list`);
        requireCertain(yes, `${app.name} stops working, with all tokens that it has.`);
        await apps.remove(id);
        await eventsOf(store).record({ type: 'app.removed', appId: id });
      });
      process.stdout.write(`Removed ${id}.\n`);
    });
}

import { Command } from 'commander';
import { settings } from '../config.ts';

export function settingsCommand(): Command {
  return new Command('settings').description('list the settings').action(() => {
    for (const [name, schema] of Object.entries(settings.shape)) {
      process.stdout.write(`${name}\n    ${schema.description ?? ''}\n`);
    }
  });
}

import { Command } from 'commander';
import { generateKeyCommand } from './keys-generate.ts';
import { reportKeysCommand } from './keys-report.ts';
import { rewrapCommand } from './keys-rewrap.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('encryption keys')
    .addCommand(generateKeyCommand())
    .addCommand(rewrapCommand())
    .addCommand(reportKeysCommand());
}

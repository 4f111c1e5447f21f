import { Command } from 'commander';
import { generateKeyCommand } from './keys-generate.ts';
import { reportKeysCommand } from './keys-report.ts';
import { rewrapCommand } from './keys-rewrap.ts';
import { rotateSigningCommand } from './keys-rotate-signing.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('encryption keys, and the keys that sign tokens')
    .addCommand(generateKeyCommand())
    .addCommand(rewrapCommand())
    .addCommand(reportKeysCommand())
    .addCommand(rotateSigningCommand());
}

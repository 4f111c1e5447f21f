import { Command } from 'commander';
import { after, hours } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import { withBroker } from './with-broker.ts';

/** Longer than apps keep a key set before they look again. */
const leastPublished = hours(1);

export function rotateSigningCommand(): Command {
  return new Command('rotate-signing')
    .description(
      'sign tokens with the next key, in every process, without a restart; happens by itself every 90 days',
    )
    .option('--compromised', 'remove the old key from the set at once; every token it signed becomes invalid')
    .action(async ({ compromised = false }: { compromised?: boolean }) => {
      await withBroker(async ({ issuance }, { clock }) => {
        const known = after(await issuance.nextSigningKeyPublishedAt(), leastPublished);
        if (!compromised && known > clock.now())
          throw new Problem('conflict', {
            detail: `The next key is too new for apps to know it: wait until ${known.toISOString()}, or say --compromised.`,
          });
        await issuance.rotateSigningKey({ compromised });
      });
      process.stdout.write(
        compromised
          ? 'The next key signs. The old one is gone: people sign in again.\n'
          : 'The next key signs. The old one stays in the key set for 30 days, for the tokens it has signed.\n',
      );
    });
}

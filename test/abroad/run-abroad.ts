import { describe } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { setDatabaseZone } from '../support/database.ts';

/** The files about moments that are stored and compared. */
const files = [
  'admin/upstream-revocations',
  'admin/people',
  'issuance/backchannel-logout',
  'issuance/revocation',
  'vault/entry-store',
  'vault/fresh',
  'webhooks/delivery',
];

/**
 * Runs those files once more, with databases in another time zone. They are imported here and are no vitest project of
 * their own, since a project has its own workers, each of which loads the broker anew.
 */
export async function runAbroad(zone: string): Promise<void> {
  setDatabaseZone(zone);
  atEnd(() => setDatabaseZone(undefined));
  for (const file of files)
    describe(file, async () => {
      // The query makes it another module than the one of the file itself.
      await import(/* @vite-ignore */ `../${file}.test.ts?zone=${zone}`);
    });
}

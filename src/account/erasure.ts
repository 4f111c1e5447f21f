import { createHmac } from 'node:crypto';
import type { Identities, User } from '../identities/identities.ts';
import { after, type Clock, days } from '../kit/clock.ts';
import { isId } from '../kit/ids.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { Secret } from '../kit/secret.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';

/** Erases people who ask for it, and says later how far it is. */
export interface Erasure {
  /** Erases the person. Returns the code of the progress page. @throws Problem conflict for the last owner */
  erase(user: User): Promise<string>;
  /** Returns a code for a person who is erased in another way. */
  codeFor(userId: string): string;
  /** Returns the id of the person who was erased; undefined for a code that is wrong or too old. */
  whoHad(code: string): string | undefined;
}

export interface ErasureDeps {
  readonly keyring: Pick<Keyring, 'derive'>;
  readonly clock: Clock;
  readonly identities: Pick<Identities, 'stepDown'>;
  readonly offboarding: Pick<Offboarding, 'eraseUser'>;
}

/** As long as finished upstream revocations are kept. */
const readableFor = days(90);

/** The code names person and time under a code of ours, so that nothing about an erased person is stored for it. */
export function createErasure({ keyring, clock, identities, offboarding }: ErasureDeps): Erasure {
  const keys = () => keyring.derive('erasure-progress');
  const mac = (key: Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest('base64url').slice(0, 32);
  const codeFor = (userId: string) => {
    const [key] = keys();
    if (!key) throw new Error('the codes of erasures need a key');
    const named = `${userId}.${Math.floor(clock.now().getTime() / 1000).toString(36)}`;
    return `${named}.${mac(key, named)}`;
  };
  return {
    codeFor,
    async erase(user) {
      // A person with a role steps down first: the last owner cannot.
      if (user.roles.length > 0) await identities.stepDown(user.id);
      await offboarding.eraseUser(user.id);
      return codeFor(user.id);
    },
    whoHad(code) {
      const [userId = '', made = '', given = ''] = code.split('.');
      const named = `${userId}.${made}`;
      if (!isId('usr', userId) || !keys().some((key) => new Secret(mac(key, named)).equals(given)))
        return undefined;
      const at = new Date(Number.parseInt(made, 36) * 1000);
      return after(at, readableFor) > clock.now() ? userId : undefined;
    },
  };
}

import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';

/** Two users that turned out to be one person become one. What was issued to `from` dies. @throws Problem conflict */
export type MergeUsers = (into: string, from: string) => Promise<void>;

export interface MergeUsersDeps {
  readonly identities: Pick<Identities, 'merge'>;
  readonly issuance: Pick<Issuance, 'eraseUser'>;
  readonly sessions: BrowserSessionStore;
}

export function createMergeUsers({ identities, issuance, sessions }: MergeUsersDeps): MergeUsers {
  return async (into, from) => {
    await identities.merge(into, from);
    await issuance.eraseUser(from);
    await sessions.endOthers(from, undefined);
  };
}

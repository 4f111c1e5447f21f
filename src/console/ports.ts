import type { RequestHandler } from 'express';
import type { Invitations } from '../admin/people/invitations.ts';
import type { Csrf } from '../http/csrf.ts';
import type { Identities } from '../identities/identities.ts';
import type { Clock } from '../kit/clock.ts';
import type { Connections } from '../login/connections.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';

/** The dependencies of the console; `src/assembly` wires them. */
export interface ConsoleDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  /** The issuer is https. */
  readonly secure: boolean;
  readonly clock: Clock;
  readonly csrf: Csrf;
  /** The session middleware of the account page. */
  readonly session: RequestHandler;
  readonly invitations: Invitations;
  readonly identities: Identities;
  readonly connections: Pick<Connections, 'all' | 'create' | 'findById'>;
  readonly offboarding: Pick<Offboarding, 'removeConnection'>;
}

import type { RequestHandler } from 'express';
import type { Operation } from '../admin/operation.ts';
import type { Invitations } from '../admin/people/invitations.ts';
import type { Perform } from '../admin/perform.ts';
import type { Csrf } from '../http/csrf.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import type { Connections } from '../login/connections.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';

/** The dependencies of the console; `src/assembly` wires them. */
export interface ConsoleDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  /** The issuer is https. */
  readonly secure: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly database: Database;
  readonly rowTags: RowTags;
  readonly keyring: Keyring;
  /** The address at which this process listens. */
  readonly selfUrl: () => string;
  /** The operations of the admin API, of which every page is a view. */
  readonly operations: readonly Operation[];
  readonly perform: Perform;
  /** The aliases of the connections that count for signing in to the console; undefined: all. */
  readonly consoleConnections?: readonly string[] | undefined;
  readonly csrf: Csrf;
  /** The session middleware of the account page. */
  readonly session: RequestHandler;
  readonly invitations: Invitations;
  readonly identities: Identities;
  readonly issuance: Pick<Issuance, 'sessions'>;
  readonly connections: Pick<Connections, 'all' | 'create' | 'findById' | 'check'>;
  readonly offboarding: Pick<Offboarding, 'removeConnection'>;
}

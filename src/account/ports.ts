import type { Decisions } from '../agents/decisions.ts';
import type { ConnectRequests } from '../dialects/auth0/connect-requests.ts';
import type { BrowserSessionStore } from '../http/browser-session-store.ts';
import type { Csrf } from '../http/csrf.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance, IssuanceDeps } from '../issuance/issuance.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { EventStore } from '../kit/events/event-store.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import type { Connections } from '../login/connections.ts';
import type { Login } from '../login/login.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import type { Uses } from '../reporting/uses.ts';
import type { ApiTickets } from '../retrieval/api-tickets.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { Vault } from '../vault/vault.ts';

/** The dependencies of the account page; `src/assembly` wires them. */
export interface AccountDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  /** The issuer is https. */
  readonly secure: boolean;
  /** The address at which this process listens. The public address may not be reachable from it. */
  readonly selfUrl: () => string;
  readonly database: Database;
  readonly rowTags: RowTags;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Pick<Events, 'record'>;
  readonly eventStore: Pick<EventStore, 'list'>;
  readonly log: Logger;
  readonly csrf: Csrf;
  readonly identities: Identities;
  readonly connections: Connections;
  readonly login: Pick<Login, 'begin'>;
  readonly vault: Pick<Vault, 'health' | 'storeTokens' | 'furtherScopes' | 'check'>;
  readonly connectRequests: Pick<ConnectRequests, 'find' | 'arrived' | 'failed'>;
  /** Checks the tickets of the links that APIs get. */
  readonly apiTickets: Pick<ApiTickets, 'fits'>;
  readonly offboarding: Pick<Offboarding, 'unlinkIdentity' | 'mergeUsers' | 'eraseUser'>;
  readonly accountSessions: Pick<BrowserSessionStore, 'endOthers' | 'endOfSession'>;
  readonly issuance: Pick<
    Issuance,
    | 'apps'
    | 'consents'
    | 'withdrawConsent'
    | 'revokeUser'
    | 'standingScopes'
    | 'sessions'
    | 'apis'
    | 'apiUses'
  >;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'revoke' | 'list'>;
  readonly uses: Uses;
  readonly decisions: Pick<Decisions, 'permissions' | 'approvals'>;
  readonly backgroundConsent?: IssuanceDeps['backgroundConsent'];
}

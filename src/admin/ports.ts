import type { PersonalData } from '../account/personal-data.ts';
import type { Decisions } from '../agents/decisions.ts';
import type { PresentedToken } from '../http/bearer.ts';
import type { Brandings } from '../http/branding.ts';
import type { AddressDetail } from '../http/client-address.ts';
import type { DomainFiles } from '../http/domain-files.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { AccessToken } from '../issuance/tokens/verify-access-token.ts';
import type { AuditKeep } from '../kit/audit/retention.ts';
import type { Clock } from '../kit/clock.ts';
import type { EventStore } from '../kit/events/event-store.ts';
import type { Events } from '../kit/events/events.ts';
import type { KeyUse } from '../kit/keys/key-census.ts';
import type { Secret } from '../kit/secret.ts';
import type { Connections } from '../login/connections.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import type { BulkStore } from '../reporting/bulk-store.ts';
import type { IdentityList } from '../reporting/identity-list.ts';
import type { Reporting } from '../reporting/reporting.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { Vault } from '../vault/vault.ts';
import type { WebhookEndpoints } from '../webhooks/endpoints.ts';
import type { BulkRunner } from './bulk/runner.ts';
import type { Approvals } from './people/approvals.ts';
import type { Invitations } from './people/invitations.ts';
import type { AdminTokens } from './people/tokens.ts';

/** The dependencies of the admin API; `src/assembly` wires them. */
export interface AdminDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly adminApiToken: Secret | undefined;
  readonly adminTokens: AdminTokens;
  readonly invitations: Invitations;
  readonly approvals: Approvals;
  /** Verifies a broker token whose audience is `{issuer}/admin/v1`. @throws Problem invalid_token */
  readonly verify: (presented: PresentedToken) => Promise<AccessToken>;
  readonly identities: Identities;
  readonly connections: Connections;
  readonly branding: Brandings;
  readonly domainFiles: DomainFiles;
  readonly identityList: IdentityList;
  readonly vault: Pick<Vault, 'askAgain' | 'health' | 'refreshNow'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'revoke' | 'list'>;
  readonly issuance: Pick<
    Issuance,
    | 'apps'
    | 'apis'
    | 'admission'
    | 'revokeUser'
    | 'consents'
    | 'countConsents'
    | 'fetchClientKeys'
    | 'withdrawConsent'
    | 'sessions'
    | 'signingKeys'
    | 'rotateSigningKey'
    | 'nextSigningKeyPublishedAt'
  >;
  readonly decisions: Pick<Decisions, 'countOf'>;
  readonly offboarding: Omit<Offboarding, 'eraseAccount'>;
  /** Ends the sessions of the broker's own pages. */
  readonly endSessions: (userId: string) => Promise<void>;
  /** Ends those that began within one sign-on session of the person. */
  readonly endSession: (userId: string, sessionUid: string) => Promise<void>;
  readonly personalData: PersonalData;
  /** Returns the code of the page that says how far the erasure of a person is. */
  readonly erasureCode: (userId: string) => string;
  readonly reporting: Pick<Reporting, 'uses' | 'usage' | 'census' | 'attention' | 'connectionHealth'>;
  readonly clock: Clock;
  readonly events: Events;
  readonly eventStore: EventStore;
  readonly webhooks: WebhookEndpoints;
  /** Counts the values that each encryption key seals. */
  readonly keyCensus: () => Promise<readonly KeyUse[]>;
  /** Settings of the environment, to be shown. */
  readonly settings: {
    /** The receiver of each audit event. */
    readonly stream: string | undefined;
    readonly keep: AuditKeep;
    readonly addresses: AddressDetail;
    readonly consoleConnections: readonly string[] | undefined;
    readonly approvals: boolean;
  };
  readonly bulk: { readonly store: BulkStore; readonly runner: BulkRunner };
}

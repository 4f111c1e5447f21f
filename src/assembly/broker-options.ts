import type { AgentLimits } from '../agents/limits.ts';
import type { AddressDetail } from '../http/client-address.ts';
import type { FloodLimitSettings } from '../http/flood-limits.ts';
import type { IssuanceDeps } from '../issuance/issuance.ts';
import type { AuditKeep } from '../kit/audit/retention.ts';
import type { Clock } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';
import type { Secret } from '../kit/secret.ts';
import type { StreamSettings } from '../webhooks/stream-target.ts';

export interface BrokerOptions {
  /** The public address, without a trailing slash. */
  readonly issuer: string;
  /** The realm's name in the paths of Keycloak's clients. */
  readonly realm?: string;
  readonly trustedProxyHops: number;
  /** The setting AUDIT_ADDRESSES. Default: full. */
  readonly auditAddresses?: AddressDetail | undefined;
  readonly backgroundConsent?: IssuanceDeps['backgroundConsent'];
  readonly requireDpopNonce?: IssuanceDeps['requireDpopNonce'];
  readonly clientCertificates?: IssuanceDeps['clientCertificates'];
  readonly allowLoopbackHosts: boolean;
  readonly allowedPrivateHosts: readonly string[];
  /** 0: no limit; undefined: by the memory of the process. */
  readonly mostConnections?: number | undefined;
  /** The setting LOG_REQUESTS. Default: true. */
  readonly logRequests?: boolean | undefined;
  /** The setting TRACEPARENT_TO_PROVIDERS. Default: false. */
  readonly sendsTraceparent?: boolean | undefined;
  /** Undefined: no limits. */
  readonly floodLimits?: FloodLimitSettings;
  readonly adminApiToken: Secret | undefined;
  /** A dangerous change waits for another owner. */
  readonly adminApprovals?: boolean;
  /** Default: all events are kept. */
  readonly auditKeep?: AuditKeep;
  /** The receiver of each audit event. Default: none. */
  readonly auditStream?: StreamSettings | undefined;
  /** The aliases of the connections that count for signing in to the console. Default: all. */
  readonly consoleConnections?: readonly string[] | undefined;
  /** The directory of token sets that the database did not accept. */
  readonly spillDirectory: string;
  /** The file for the newest head of the audit chain; undefined: the heads are only logged. */
  readonly auditHeadFile?: string;
  /** Agents can use linked accounts by the MCP server. Default: they cannot. */
  readonly mcp?: boolean | undefined;
  readonly agentLimits?: AgentLimits | undefined;
  readonly newAppLimits?: IssuanceDeps['newAppLimits'];
  readonly database: Database;
  readonly keyring: Keyring;
  /** Default: opened from the database. */
  readonly rowTags?: RowTags;
  readonly clock: Clock;
  readonly log: Logger;
}

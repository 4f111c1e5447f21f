import type { Identities } from '../identities/identities.ts';
import type { Issuance, Withdrawn } from '../issuance/issuance.ts';
import type { ExactCalls } from '../issuance/tokens/call-details.ts';
import { after, type Clock, days } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Connections } from '../login/connections.ts';
import type { ConnectionPolicy } from '../retrieval/permission.ts';
import type { ApprovedCalls } from '../retrieval/proxy/approved-call.ts';
import { createContentSeal, digestOfContent } from './approval-content.ts';
import { createApprovalStore } from './approval-store.ts';
import { type Approvals, createApprovals } from './approvals.ts';
import { createApprovedCalls } from './approved-calls.ts';
import { createExactCalls } from './exact-calls.ts';
import type { Brakes } from './limits.ts';
import { createPermissionStore } from './permission-store.ts';
import { createPermissions, type Permissions } from './permissions.ts';
import type { StoredCalls } from './ports.ts';
import { createReadStore } from './read-store.ts';
import { agentsResource } from './resource.ts';
import { createStoredCalls } from './stored-calls.ts';

/** What people let agents do: permissions for accounts, and the approval of single calls. */
export interface Decisions {
  readonly permissions: Permissions;
  readonly approvals: Approvals;
  readonly storedCalls: StoredCalls;
  /** The calls that apps ask for with a sign-in, and those that tokens let through. */
  readonly exactCalls: ExactCalls;
  readonly approvedCalls: ApprovedCalls;
  /** Counts the questions of a client that wait, and its writes of a day. */
  countOf(clientId: string): Promise<{ readonly pending: number; readonly used: number }>;
  /** Ends what rests on a consent that was withdrawn, as a whole or in part. */
  withdrawn(withdrawal: Withdrawn): Promise<void>;
  /** Ends what is overdue, and deletes what is old. */
  sweep(): Promise<void>;
}

export interface DecisionsDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly database: Pick<Database, 'prisma'>;
  readonly rowTags: RowTags;
  readonly keyring: Keyring;
  readonly connections: Pick<Connections, 'find' | 'findById'>;
  readonly identities: Pick<Identities, 'ofUser'>;
  readonly issuance: Pick<Issuance, 'apps' | 'consents'>;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
  /** Returns the policy of a client for a connection. */
  readonly policyOf: (clientId: string, connectionId: string) => Promise<ConnectionPolicy | undefined>;
  readonly brakes: Brakes;
  /** Resolves when the search for lost commits is over. Default: at once. */
  readonly settled?: () => Promise<void>;
}

export function createDecisions(deps: DecisionsDeps): Decisions {
  const { database, rowTags, issuance, clock } = deps;
  const { apps, consents } = issuance;
  const store = createApprovalStore(database, rowTags);
  const reads = createReadStore(database);
  const seal = createContentSeal(deps.keyring);
  const approvals = createApprovals({ ...deps, store, seal }, digestOfContent);
  const permissions = createPermissions({
    ...deps,
    store: createPermissionStore(database, rowTags),
    reads,
    consents,
    apps,
  });
  const appPolicyOf = async (clientId: string, connectionId: string) =>
    (await apps.policyOf(clientId)).get(connectionId);
  const decided = { store, seal, approvals, permissions, reads };
  return {
    permissions,
    approvals,
    storedCalls: createStoredCalls({ ...deps, ...decided }),
    exactCalls: createExactCalls({ ...deps, ...decided, appPolicyOf }),
    approvedCalls: createApprovedCalls({ ...deps, ...decided, appPolicyOf }),
    countOf: (clientId) => store.countOf(clientId, clock.now(), after(clock.now(), -days(1))),
    async withdrawn({ part, ...pair }) {
      if (typeof part === 'string') {
        const connection = await deps.connections.find(part.replace(/^idp:/, ''));
        if (!connection) return;
        await permissions.forget(pair, connection.id);
        await approvals.end(pair, connection.id);
        return;
      }
      if (part !== undefined && part.api !== agentsResource(deps.issuer)) return;
      await permissions.forget(pair);
      await approvals.end(pair);
    },
    async sweep() {
      await approvals.sweep();
      await reads.prune(after(clock.now(), -days(2)));
    },
  };
}

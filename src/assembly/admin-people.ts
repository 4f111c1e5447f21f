import { createApprovalStore } from '../admin/people/approval-store.ts';
import { type Approvals, createApprovals } from '../admin/people/approvals.ts';
import { createInvitationStore } from '../admin/people/invitation-store.ts';
import { createInvitations, type Invitations, type InvitationsDeps } from '../admin/people/invitations.ts';
import { createAdminTokenStore } from '../admin/people/token-store.ts';
import { type AdminTokens, createAdminTokens } from '../admin/people/tokens.ts';
import type { Database } from '../kit/database/database.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { Logger } from '../kit/log.ts';

export interface AdminPeopleDeps extends Omit<InvitationsDeps, 'store'> {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly rowTags: RowTags;
  readonly log: Logger;
  /** The setting ADMIN_APPROVALS. */
  readonly approvalsNeeded: boolean;
}

/** The people and tokens that administer the broker, and the changes that wait for a second person. */
export interface AdminPeople {
  readonly adminTokens: AdminTokens;
  readonly invitations: Invitations;
  readonly approvals: Approvals;
}

export function createAdminPeople(deps: AdminPeopleDeps): AdminPeople {
  const { prisma } = deps.database;
  return {
    adminTokens: createAdminTokens({ ...deps, store: createAdminTokenStore(prisma, deps.rowTags) }),
    invitations: createInvitations({ ...deps, store: createInvitationStore(prisma, deps.rowTags) }),
    approvals: createApprovals({
      ...deps,
      needed: deps.approvalsNeeded,
      store: createApprovalStore(prisma, deps.rowTags),
    }),
  };
}

/** Deletes expired invitations, and approvals that were decided long ago. */
export async function pruneAdminPeople({ invitations, approvals }: AdminPeople, now: Date): Promise<void> {
  await Promise.all([invitations.prune(now), approvals.prune(now)]);
}

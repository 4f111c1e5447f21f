import type { ExportedUser } from './exported-user.ts';
import type { ImportableUser, Plan } from './plan.ts';
import { type Run, recordLeft } from './run.ts';

/** The access of users here, as far as an import may end it. */
export interface BlockedUsers {
  /** Returns the users that exist. */
  find(userIds: readonly string[]): Promise<readonly UserAccess[]>;
  /** Disables a user, and ends their sessions and tokens. Returns false if the user is gone or must stay. */
  disable(userId: string, reason: string): Promise<boolean>;
}

export interface UserAccess {
  readonly id: string;
  readonly disabled: boolean;
  /** An admin or owner. A file of another product does not lock out who runs this one. */
  readonly hasRole: boolean;
  /** An admin has enabled the user again. A file that is imported once more does not undo that. */
  readonly wasEnabled: boolean;
}

/** The reason why a user who is blocked there stays enabled here. */
type Stays = 'has a role here' | 'was enabled here' | 'only reported' | 'not matched';

/** Disables the users of a batch who are blocked in the old product, or reports them. Nothing here enables a user. */
export async function settleBlocked(
  batch: readonly ImportableUser[],
  { plan, run, blockedUsers }: { plan: Plan; run: Run; blockedUsers: BlockedUsers },
): Promise<void> {
  for (const { id, disabled } of plan.users) if (disabled) run.disabledIds.add(id);
  const refused = new Set(plan.refused.map(({ user }) => user));
  const blocked = batch.map(({ user }) => user).filter(({ disabled }) => disabled);
  const idOf = ({ ref }: ExportedUser) => (refused.has(ref) ? undefined : plan.userIdByRef.get(ref));
  const ids = blocked.flatMap((user) => idOf(user) ?? []);
  const known = ids.length > 0 ? await blockedUsers.find(ids) : [];
  for (const user of blocked) {
    const stays = await settle(user, idOf(user));
    if (stays) recordLeft({ user: user.ref, reason: 'blocked_there', detail: stays }, run);
    else if (user.disabledUntil)
      recordLeft({ user: user.ref, reason: 'blocked_until', until: user.disabledUntil.toISOString() }, run);
  }

  /** Returns why the user stays enabled; undefined: the user is disabled. */
  async function settle({ disabledUntil }: ExportedUser, id: string | undefined): Promise<Stays | undefined> {
    if (id === undefined) return 'not matched';
    if (run.disabledIds.has(id)) return undefined;
    const access = known.find((one) => one.id === id) ?? (run.dry ? newlyPlanned : undefined);
    if (!access) return 'not matched';
    if (access.disabled) return undefined;
    if (access.hasRole) return 'has a role here';
    if (access.wasEnabled) return 'was enabled here';
    if (run.blocked === 'report') return 'only reported';
    const until = disabledUntil ? ` until ${disabledUntil.toISOString()}` : '';
    if (!run.dry && !(await blockedUsers.disable(id, `blocked in ${run.from}${until}`))) return 'not matched';
    run.disabledIds.add(id);
    run.tally.blocked.disabled += 1;
    return undefined;
  }
}

/** A user whom an earlier record of the file creates. */
const newlyPlanned = { disabled: false, hasRole: false, wasEnabled: false };

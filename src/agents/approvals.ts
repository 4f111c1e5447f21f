import type { ChosenCall } from '../issuance/tokens/call-details.ts';
import { after, type Clock, days, minutes } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { hashOf, isId, newId, newSecret } from '../kit/ids.ts';
import { system } from '../kit/request-context.ts';
import type { ApprovalContent, ContentSeal } from './approval-content.ts';
import type { ApprovalRow, ApprovalStore } from './approval-store.ts';
import type { AgentPair, StoredCallAnswer, StoredCallState } from './ports.ts';

/**
 * `call`: one exact call of an agent; `sign_in`: a sign-in that an app has begun elsewhere (CIBA); `exact_call`: a call that the
 * person has approved with a sign-in, for a token (RFC 9396).
 */
export type ApprovalKind = 'call' | 'sign_in' | 'exact_call';

/** The time to decide, and after the decision the time to use it. */
const openFor = minutes(10);
/** What was decided is kept so long, for the daily budget and for late questions. */
const keptFor = days(2);
/** The number of approvals that end in one run. */
const mostAtOnce = 500;
/** The number of approvals on a page. */
const mostShown = 50;

export interface Approval extends AgentPair {
  readonly id: string;
  readonly kind: ApprovalKind;
  readonly connectionId: string | null;
  readonly identityId: string | null;
  readonly state: StoredCallState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly decidedAt: Date | null;
  /** Undefined: it was used, denied or expired, or another hand has changed it. */
  readonly content: ApprovalContent | undefined;
}

export interface Question extends AgentPair {
  readonly kind: ApprovalKind;
  readonly digest: string;
  readonly connectionId?: string | undefined;
  readonly identityId?: string | undefined;
  /** Alias. */
  readonly connection?: string | undefined;
  readonly content: ApprovalContent;
  /** Default: ten minutes from now. */
  readonly expiresAt?: Date | undefined;
  /** Needs no person: a rule of the operator, or the person's choice to let the client write freely. */
  readonly decidedBy?: 'rule' | 'mode' | undefined;
}

/** A sign-in of CIBA, as the person reads it. */
export interface SignInQuestion extends AgentPair, Omit<ApprovalContent, 'reason'> {
  readonly expiresAt: Date;
}

/** Receives the decision on a question of another room. */
export type Decided = (approval: Approval, approved: boolean, chosen: readonly ChosenCall[]) => Promise<void>;

export interface Approvals {
  /** Stores a question for the person, with an event. */
  ask(question: Question): Promise<StoredCallAnswer>;
  /** Stores the question of a sign-in that an app has begun elsewhere. The decision is heard by `onDecided`. */
  askSignIn(question: SignInQuestion): Promise<StoredCallAnswer>;
  find(id: string): Promise<Approval | undefined>;
  /** Returns the approvals that wait for the person, the newest first. */
  waitingOf(userId: string): Promise<readonly Approval[]>;
  /** Returns all stored approvals of a person, the newest first. */
  ofUser(userId: string): Promise<readonly Approval[]>;
  /** Decides a pending one, once. Returns false if it was decided before, has expired, or is another person's. */
  decide(id: string, userId: string, approved: boolean, chosen?: readonly ChosenCall[]): Promise<boolean>;
  /** Registers the room that hears the decisions of a kind. */
  onDecided(kind: ApprovalKind, decided: Decided): void;
  /** Marks an approval as used which this process has used, and whose use the database has lost. */
  useAgain(id: string): Promise<void>;
  /** Ends the open approvals of a client that the person has stopped or withdrawn. `connectionId`: only the exact calls there. */
  end(pair: AgentPair, connectionId?: string): Promise<void>;
  /** Ends the calls that the person has approved for tokens of any app, and that no app has made yet. */
  endExactCalls(userId: string): Promise<void>;
  /** Ends those whose time is over, with an event each, and deletes old ones. */
  sweep(): Promise<void>;
  answer(row: Pick<ApprovalRow, 'id' | 'state' | 'expiresAt'>): StoredCallAnswer;
}

export interface ApprovalsDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly store: ApprovalStore;
  readonly seal: ContentSeal;
  readonly events: Pick<Events, 'record'>;
  readonly clock: Clock;
}

export function createApprovals(
  deps: ApprovalsDeps,
  seenDigest: (content: ApprovalContent) => string,
): Approvals {
  const { issuer, store, seal, events, clock } = deps;
  const deciders = new Map<ApprovalKind, Decided>();

  async function typed(row: ApprovalRow): Promise<Approval> {
    const { id, userId, appId: clientId, connectionId, identityId, createdAt, expiresAt, decidedAt } = row;
    const state = stateOf(row, clock.now());
    const content = await seal.open(id, row.content, row.seen);
    const about = { connectionId, identityId, state, createdAt, expiresAt, decidedAt, content };
    return { id, kind: row.kind as ApprovalKind, userId, clientId, ...about };
  }

  const answer: Approvals['answer'] = ({ id, state, expiresAt }) => ({
    id,
    state: stateOf({ state, expiresAt }, clock.now()),
    url: `${issuer}/account/approvals/${id}`,
    expiresAt,
  });

  async function ask({
    userId,
    clientId,
    content,
    decidedBy,
    connection,
    ...question
  }: Question): Promise<StoredCallAnswer> {
    const now = clock.now();
    const id = newId('apr');
    const { kind, digest, connectionId = null, identityId = null } = question;
    const { expiresAt = after(now, openFor) } = question;
    const row = {
      id,
      kind,
      userId,
      appId: clientId,
      connectionId,
      identityId,
      digest,
      seen: seenDigest(content),
      state: decidedBy ? 'approved' : 'pending',
      decidedBy: decidedBy ?? null,
      decidedAt: decidedBy ? now : null,
      createdAt: now,
      expiresAt,
    };
    await store.insert({ ...row, content: seal.seal(id, content) });
    if (!decidedBy)
      await events.record({
        type: 'approval.requested',
        userId,
        appId: clientId,
        connection,
        identityId: identityId ?? undefined,
        detail: { ...detailOf({ id, kind, content }), expires_at: expiresAt.toISOString() },
      });
    return answer(row);
  }

  async function expire(row: ApprovalRow): Promise<void> {
    const approval = await typed(row);
    if (!(await store.change(row, { state: 'expired', content: null }))) return;
    const detail = { ...detailOf(approval), was: row.state, why: 'permission_ended' };
    await events.record({ type: 'approval.expired', ...aboutOf(row), detail });
    if (row.state === 'pending') await deciders.get(approval.kind)?.(approval, false, []);
  }

  return {
    answer,
    ask,
    async askSignIn({ userId, clientId, expiresAt, ...content }) {
      const digest = hashOf(content.reference ?? newSecret());
      return await ask({ kind: 'sign_in', userId, clientId, digest, content, expiresAt });
    },
    async find(id) {
      const row = isId('apr', id) ? await store.find(id) : undefined;
      return row && (await typed(row));
    },
    async waitingOf(userId) {
      const rows = await store.ofUser(userId, ['pending'], mostShown);
      const found = await Promise.all(rows.map(typed));
      return found.filter(({ state }) => state === 'pending');
    },
    async ofUser(userId) {
      const states = ['pending', 'approved', 'denied', 'used', 'expired'];
      return await Promise.all((await store.ofUser(userId, states, 1000)).map(typed));
    },
    async decide(id, userId, approved, chosen = []) {
      const row = isId('apr', id) ? await store.find(id) : undefined;
      const now = clock.now();
      if (row?.userId !== userId || stateOf(row, now) !== 'pending') return false;
      const approval = await typed(row);
      // A person decides on what the page shows.
      if (!approval.content) return false;
      const changed = await store.change(row, {
        state: approved ? (approval.kind === 'call' ? 'approved' : 'used') : 'denied',
        decidedBy: 'person',
        decidedAt: now,
        // A denial is remembered as long, so that the same call does not ask again at once.
        ...(approval.kind === 'call' && { expiresAt: after(now, openFor) }),
        ...((approval.kind !== 'call' || !approved) && { content: null }),
      });
      if (!changed) return false;
      const type = approved ? 'approval.approved' : 'approval.denied';
      await events.record({ type, ...aboutOf(row), detail: detailOf(approval) });
      await deciders.get(approval.kind)?.(approval, approved, chosen);
      return true;
    },
    onDecided: (kind, decided) => void deciders.set(kind, decided),
    async useAgain(id) {
      const row = isId('apr', id) ? await store.find(id) : undefined;
      if (row && row.state !== 'used')
        await store.change(row, { state: 'used', usedAt: clock.now(), content: null });
    },
    async end({ userId, clientId }, connectionId) {
      for (const row of await store.ofUser(userId, ['pending', 'approved'], mostAtOnce)) {
        // A question of an agent is asked about its consent when it is decided and used.
        const isThere = row.kind === 'exact_call' && row.connectionId === connectionId;
        if (row.appId === clientId && (connectionId === undefined || isThere)) await expire(row);
      }
    },
    async endExactCalls(userId) {
      for (const row of await store.ofUser(userId, ['approved'], mostAtOnce))
        if (row.kind === 'exact_call') await expire(row);
    },
    async sweep() {
      const now = clock.now();
      for (const row of await store.overdue(now, mostAtOnce)) {
        const approval = await typed(row);
        if (!(await store.change(row, { state: 'expired', content: null }))) continue;
        const detail = { ...detailOf(approval), was: row.state };
        await events.record({ type: 'approval.expired', ...aboutOf(row), actor: system, detail });
      }
      await store.prune(after(now, -keptFor));
    },
  };
}

function stateOf({ state, expiresAt }: Pick<ApprovalRow, 'state' | 'expiresAt'>, now: Date): StoredCallState {
  const isOpen = state === 'pending' || state === 'approved';
  return isOpen && expiresAt <= now ? 'expired' : (state as StoredCallState);
}

/** The audit names method and kind. A path may name people. */
export function detailOf({ id, kind, content }: Pick<Approval, 'id' | 'kind' | 'content'>) {
  const method = content?.call?.method;
  return { approval: id, kind, ...(method !== undefined && { method }) };
}

export function aboutOf({ userId, appId, identityId }: Pick<ApprovalRow, 'userId' | 'appId' | 'identityId'>) {
  return { userId, appId, ...(identityId !== null && { identityId }) };
}

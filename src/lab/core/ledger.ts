import { type Clock, days } from '../../kit/clock.ts';
import type { Code, EndReason, Grant, LedgerRecords, Token } from './ledger-types.ts';
import { random } from './mint.ts';

export type TokenDraft = Pick<Token, 'kind' | 'scopes' | 'expiresAt'> & { grant: Grant; family: string };
export type Approval = Pick<Grant, 'user' | 'clientId' | 'scopes' | 'declined' | 'offline'>;
export type Ledger = ReturnType<typeof createLedger>;

export interface LedgerDeps {
  readonly clock: Clock;
  readonly mint: { code(): string; access(): string; refresh(): string };
  readonly minted: Set<string>;
  readonly changed: () => void;
  readonly records: LedgerRecords | undefined;
}

/** Ended tokens are stored this long, so that a replayed one differs from an unknown one. */
const endedKept = days(90);

/**
 * Returns the ledger of one provider: grants, codes and tokens in memory, and why each token ended. It knows no protocol.
 * The engines decide when to issue, rotate or revoke.
 */
export function createLedger({ clock, mint, minted, changed, records }: LedgerDeps) {
  const grants = new Map(records?.grants.map((grant) => [grant.id, grant]));
  const codes = new Map(records?.codes.map((code) => [code.value, code]));
  const tokens = new Map(records?.tokens.map((token) => [token.value, token]));
  const byGrant = new Map<string, Token[]>();
  const standing = new Map<string, Grant>();
  for (const value of [...codes.keys(), ...tokens.keys()]) minted.add(value);
  for (const token of tokens.values()) index(token);
  for (const grant of grants.values()) if (grant.ended === null) standing.set(holder(grant), grant);

  const now = () => clock.now().getTime();
  const isLive = (token: Token) => token.ended === null && (token.expiresAt ?? Infinity) > now();
  const tokensOf = (grant: string): readonly Token[] => byGrant.get(grant) ?? [];
  const liveGrants = () => [...standing.values()];
  const grantOf = (user: string, clientId: string) => standing.get(holder({ user, clientId }));

  function index(token: Token): void {
    const list = byGrant.get(token.grant);
    if (list === undefined) byGrant.set(token.grant, [token]);
    else list.push(token);
  }

  function end(list: readonly Token[], reason: EndReason): void {
    for (const token of list) token.ended ??= reason;
    changed();
  }

  return {
    now,
    isLive,
    grantOf,
    liveGrants,
    end,
    touch: changed,
    code: (value: string) => codes.get(value),
    token: (value: string) => tokens.get(value),
    grant: (id: string) => grants.get(id),
    tokensOf,
    /** Returns all tokens of the same sign-in. */
    family: ({ grant, family }: { grant: string; family: string }) =>
      tokensOf(grant).filter((token) => token.family === family),

    /** Extends this person's grant, or creates one. */
    approve(approval: Approval): Grant {
      const grant = grantOf(approval.user, approval.clientId) ?? newGrant(approval);
      grant.scopes = [...new Set([...grant.scopes, ...approval.scopes])];
      const declined = new Set([...grant.declined, ...approval.declined]);
      grant.declined = [...declined].filter((scope) => !grant.scopes.includes(scope));
      grant.offline ||= approval.offline;
      grant.approvedAt = now();
      grants.set(grant.id, grant);
      standing.set(holder(grant), grant);
      changed();
      return grant;
    },

    writeCode(draft: Omit<Code, 'value' | 'usedAt'>): Code {
      const code = { ...draft, value: mint.code(), usedAt: null };
      codes.set(code.value, code);
      minted.add(code.value);
      changed();
      return code;
    },

    issue({ grant, ...draft }: TokenDraft): Token {
      const { id, user, clientId } = grant;
      const value = mint[draft.kind]();
      const token: Token = { ...draft, value, grant: id, user, clientId, issuedAt: now(), ended: null };
      tokens.set(value, token);
      index(token);
      minted.add(value);
      changed();
      return token;
    },

    endGrant(grant: Grant, reason: EndReason): void {
      grant.ended = reason;
      standing.delete(holder(grant));
      for (const code of codes.values()) if (code.grant === grant.id) code.usedAt ??= now();
      end(tokensOf(grant.id), reason);
    },

    /** Expires the access tokens of this person. Returns the number that were valid. */
    expireAccess(user: string): number {
      const live = liveGrants()
        .filter((grant) => grant.user === user)
        .flatMap((grant) => tokensOf(grant.id))
        .filter((token) => token.kind === 'access' && isLive(token));
      for (const token of live) token.expiresAt = now();
      changed();
      return live.length;
    },

    clear(): void {
      for (const map of [grants, codes, tokens, byGrant, standing]) map.clear();
      changed();
    },

    records: (): LedgerRecords => ({
      grants: [...grants.values()],
      codes: [...codes.values()].filter((code) => code.expiresAt > now()),
      tokens: [...tokens.values()].filter((token) => isLive(token) || now() - token.issuedAt < endedKept),
    }),
  };

  function newGrant({ user, clientId }: Approval): Grant {
    const empty = { scopes: [], declined: [], offline: false, approvedAt: 0, ended: null };
    return { id: random(22), user, clientId, ...empty };
  }
}

function holder({ user, clientId }: { user: string; clientId: string }): string {
  return `${user} ${clientId}`;
}

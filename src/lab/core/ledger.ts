import type { Clock } from '../../kit/clock.ts';
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

/** What one provider remembers: grants, codes and tokens. */
export function createLedger({ clock, mint, minted, changed, records }: LedgerDeps) {
  const grants = new Map(records?.grants.map((grant) => [grant.id, grant]));
  const codes = new Map(records?.codes.map((code) => [code.value, code]));
  const tokens = new Map(records?.tokens.map((token) => [token.value, token]));
  for (const value of [...codes.keys(), ...tokens.keys()]) minted.add(value);

  const now = () => clock.now().getTime();
  const isLive = (token: Token) => token.ended === null && (token.expiresAt ?? Infinity) > now();
  const tokensWhere = (test: (token: Token) => boolean) => [...tokens.values()].filter(test);
  const liveGrants = () => [...grants.values()].filter((grant) => grant.ended === null);
  const grantOf = (user: string, clientId: string) =>
    liveGrants().find((grant) => grant.user === user && grant.clientId === clientId);

  function end(list: Token[], reason: EndReason): void {
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
    tokensOf: (grant: string) => tokensWhere((token) => token.grant === grant),
    family: (family: string) => tokensWhere((token) => token.family === family),

    /** Widens the standing grant of this person, or makes one. */
    approve(approval: Approval): Grant {
      const grant = grantOf(approval.user, approval.clientId) ?? newGrant(approval);
      grant.scopes = [...new Set([...grant.scopes, ...approval.scopes])];
      grant.declined = approval.declined.filter((scope) => !grant.scopes.includes(scope));
      grant.offline ||= approval.offline;
      grant.approvedAt = now();
      grants.set(grant.id, grant);
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
      minted.add(value);
      changed();
      return token;
    },

    endGrant(grant: Grant, reason: EndReason): void {
      grant.ended = reason;
      for (const code of codes.values()) if (code.grant === grant.id) code.usedAt ??= now();
      end(
        tokensWhere((token) => token.grant === grant.id),
        reason,
      );
    },

    /** The access tokens of this person are expired now; returns how many were alive. */
    expireAccess(user: string): number {
      const live = tokensWhere((token) => token.user === user && token.kind === 'access' && isLive(token));
      for (const token of live) token.expiresAt = now();
      changed();
      return live.length;
    },

    clear(): void {
      for (const map of [grants, codes, tokens]) map.clear();
      changed();
    },

    records: (): LedgerRecords => ({
      grants: [...grants.values()],
      codes: [...codes.values()].filter((code) => code.expiresAt > now()),
      tokens: [...tokens.values()],
    }),
  };

  function newGrant({ user, clientId }: Approval): Grant {
    const empty = { scopes: [], declined: [], offline: false, approvedAt: 0, ended: null };
    return { id: random(22), user, clientId, ...empty };
  }
}

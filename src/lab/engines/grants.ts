import type { LabClient } from '../core/client.ts';
import type { Code, Token } from '../core/ledger-types.ts';
import { Refusal } from '../core/refusal.ts';
import { findRefresh, succeed } from '../core/rotation.ts';
import { type Call, param } from '../core/wire.ts';
import type { Room } from '../profile.ts';
import {
  issueTokens,
  type Lifetimes,
  type Redemption,
  type RedemptionRules,
  redeemCode,
  until,
} from './redeem-code.ts';

// The code and refresh grants, for providers whose token endpoint does not follow RFC 6749.

export interface Bought {
  readonly access: Token;
  readonly refresh: Token | undefined;
}

export function buyTokens(
  room: Room,
  asked: Redemption,
  { life, ...rules }: RedemptionRules & { readonly life: Lifetimes },
): Bought & { readonly code: Code } {
  const code = redeemCode(room, asked, rules);
  return { code, ...issueTokens(room, code, life) };
}

export interface RenewalRules {
  readonly life: Lifetimes;
  /** A valid access token keeps its value and gets its full lifetime again. Only an expired one is replaced. */
  readonly extends?: true;
  readonly oldAccessDies?: true;
  /** Each refresh restarts the lifetime of the refresh token. */
  readonly slides?: true;
}

export function renewTokens(
  room: Room,
  { client, value, fault }: { client: LabClient; value: string | undefined; fault: string | null },
  rules: RenewalRules,
): Bought {
  const old = findRefresh(room, { value, fault }, client);
  const { ledger } = room;
  const live = ledger.family(old).filter((token) => token.kind === 'access' && ledger.isLive(token));
  if (rules.oldAccessDies) ledger.end(live, 'rotated');
  const expiresAt = until(room, rules.life.access);
  const { family, scopes } = old;
  const access =
    (rules.extends && live[0]) ||
    ledger.issue({ kind: 'access', family, scopes, expiresAt, grant: room.grant(old) });
  access.expiresAt = expiresAt;
  const end = rules.slides ? until(room, rules.life.refresh) : old.expiresAt;
  const refresh = succeed(room, old, { expiresAt: end, fault });
  ledger.touch();
  return { access, refresh };
}

/** Returns a parameter of form or query. @throws Refusal */
export function need(call: Call, name: string): string {
  const value = param(call, name);
  if (value === undefined) throw new Refusal('missing', name);
  return value;
}

/** Returns the client, where id and secret have other names. Without `secret` the provider requires none. */
export function needClient(
  room: Room,
  { id, secret }: { readonly id: string; readonly secret?: string },
): LabClient {
  const client = room.client(id);
  if (client === undefined) throw new Refusal('client_unknown', id);
  if (secret !== undefined && secret !== client.clientSecret) throw new Refusal('client_secret');
  return client;
}

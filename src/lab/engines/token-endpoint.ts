import type { Token } from '../core/ledger-types.ts';
import { Refusal } from '../core/refusal.ts';
import { findRefresh, succeed } from '../core/rotation.ts';
import { type Call, json, param } from '../core/wire.ts';
import type { Room } from '../profile.ts';
import { authenticate, type ClientAuth } from './client-auth.ts';
import {
  issueTokens,
  type Lifetimes,
  type RedemptionRules,
  redeemCode,
  secondsLeft,
  until,
} from './redeem-code.ts';
import { dropOldest } from './require-token.ts';

export interface Issued {
  readonly call: Call;
  readonly access: Token;
  /** Absent: the answer does not state it. */
  readonly refresh: Token | undefined;
  readonly nonce: string | null;
  /** The claims requested at the authorize endpoint (OpenID Connect Core 5.5). */
  readonly claims?: string | null | undefined;
  /** The time of the sign-in, where the client requested it. */
  readonly authTime?: number | null | undefined;
}

export interface TokenRules extends RedemptionRules {
  readonly path: string;
  /** The path of the refresh, where it is not `path`. It needs no `grant_type`. */
  readonly refreshPath?: string;
  /** The bodies accepted beside, or instead of, forms. */
  readonly bodies?: readonly ('form' | 'json')[];
  /** The default `grant_type`. */
  readonly defaultGrant?: 'authorization_code';
  /** The parameters that a refresh must repeat. */
  readonly refreshNeeds?: readonly string[];
  readonly clientAuth: readonly ClientAuth[];
  readonly life: Lifetimes;
  /** Whether a refresh repeats a refresh token that did not change. */
  readonly repeatsRefreshToken: boolean;
  /** Returns the scopes of a refresh by their ledger names, or a fixed set for any request. */
  readonly scopesOf?: (asked: readonly string[], held: readonly string[]) => readonly string[];
  /** A refresh ends the access token that it replaces. */
  readonly oldAccessDies?: boolean;
  /** Each refresh restarts the lifetime of the refresh token. */
  readonly refreshSlides?: boolean;
  /** Seconds from sign-in to the end of all refresh tokens, which a refresh does not extend. */
  readonly refreshCap?: number;
  /** A refresh returns the same access token while it has more than this many seconds left. */
  readonly accessKept?: number;
  readonly maxRefreshTokens?: number;
  /** A refresh token with more seconds left than this is not replaced yet. */
  readonly rotatesInLast?: number;
  /** Returns the call in the form of RFC 6749, for providers with other names or conditions. @throws Refusal */
  readonly as?: (call: Call) => Call;
  readonly fields: (issued: Issued) => Record<string, unknown> | Promise<Record<string, unknown>>;
}

/** Mounts a token endpoint by RFC 6749: POST, form, code and refresh grants. */
export function mountTokenEndpoint(room: Room, rules: TokenRules): void {
  room.route({
    kind: (call) => (asForm(call).form.get('grant_type') === 'refresh_token' ? 'refresh' : 'token'),
    methods: ['POST'],
    path: rules.path,
    handle: async (call) =>
      json(await rules.fields(grant(room, rules, readable(rules, rules.as?.(call) ?? call)))),
  });
  if (rules.refreshPath === undefined) return;
  room.route({
    kind: 'refresh',
    methods: ['POST'],
    path: rules.refreshPath,
    handle: async (call) =>
      json(await rules.fields(refresh(room, rules, readable(rules, rules.as?.(call) ?? call)))),
  });
}

function grant(room: Room, rules: TokenRules, call: Call): Issued {
  const grantType = call.form.get('grant_type') ?? rules.defaultGrant;
  if (grantType === undefined) throw new Refusal('missing', 'grant_type');
  if (grantType === 'authorization_code') return exchange(room, rules, call);
  const refreshes = grantType === 'refresh_token' && rules.refreshPath === undefined;
  if (!refreshes) throw new Refusal('grant_type', grantType);
  const absent = rules.refreshNeeds?.find((name) => !param(call, name));
  if (absent !== undefined) throw new Refusal('missing', absent);
  return refresh(room, rules, call);
}

/** Returns the call with its parameters as a form, if the type of its body is accepted. */
function readable({ bodies = ['form'] }: TokenRules, call: Call): Call {
  const sort = bodies.find((body) => contentTypes[body] === call.contentType);
  if (sort === undefined) throw new Refusal('request', `not ${bodies.join(' or ')}`);
  const read = asForm(call);
  const twice = [...read.form.keys()].find((name) => read.form.getAll(name).length > 1);
  if (twice !== undefined) throw new Refusal('request', `${twice} is given twice`);
  // RFC 6749 section 2.3.1: no secret is accepted in the query.
  return { ...read, query: new URLSearchParams() };
}

const contentTypes = { form: 'application/x-www-form-urlencoded', json: 'application/json' };

function asForm(call: Call): Call {
  if (call.contentType !== contentTypes.json) return call;
  const texts = Object.entries(call.json).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { ...call, form: new URLSearchParams(texts) };
}

function exchange(room: Room, rules: TokenRules, call: Call): Issued {
  const client = authenticate(room, call, rules.clientAuth);
  const redirectUri = param(call, 'redirect_uri');
  const asked = { client, code: param(call, 'code'), redirectUri, verifier: param(call, 'code_verifier') };
  const code = redeemCode(room, asked, rules);
  const tokens = issueTokens(room, code, rules.life);
  if (rules.maxRefreshTokens !== undefined && tokens.refresh !== undefined) {
    dropOldest(room, tokens.refresh, { count: rules.maxRefreshTokens, perScopes: false });
  }
  return { call, ...tokens, nonce: code.nonce, claims: code.claims, authTime: code.authTime };
}

function refresh(room: Room, rules: TokenRules, call: Call): Issued {
  const client = authenticate(room, call, rules.clientAuth);
  const presented = { value: param(call, 'refresh_token'), fault: call.fault };
  const old = findRefresh(room, presented, client);
  const { ledger } = room;
  const named = param(call, 'scope')?.split(' ');
  const asked = (named && rules.scopesOf?.(named, old.scopes)) ?? named ?? old.scopes;
  if (asked.some((scope) => !old.scopes.includes(scope))) throw new Refusal('scope', asked.join(' '));
  if (rules.oldAccessDies === true) {
    ledger.end(
      ledger.family(old).filter(({ kind }) => kind === 'access'),
      'rotated',
    );
  }
  const early = (secondsLeft(room, old) ?? Infinity) > (rules.rotatesInLast ?? Infinity);
  const next = early
    ? old
    : succeed(room, old, { expiresAt: refreshEnd(room, rules, old), fault: call.fault });
  if (next === old && !early && rules.refreshSlides === true) old.expiresAt = refreshEnd(room, rules, old);
  const access =
    kept(room, rules, old) ??
    ledger.issue({
      kind: 'access',
      grant: room.grant(old),
      scopes: [...asked],
      family: old.family,
      expiresAt: until(room, rules.life.access),
    });
  const silent = next === old && !rules.repeatsRefreshToken;
  return { call, access, refresh: silent ? undefined : next, nonce: null };
}

function refreshEnd(room: Room, { refreshSlides, refreshCap, life }: TokenRules, old: Token): number | null {
  const slid = refreshSlides === true ? until(room, life.refresh) : old.expiresAt;
  if (refreshCap === undefined) return slid;
  const began = Math.min(...room.ledger.family(old).map(({ issuedAt }) => issuedAt));
  return Math.min(slid ?? Infinity, began + refreshCap * 1000);
}

function kept({ ledger }: Room, { accessKept }: TokenRules, old: Token): Token | undefined {
  if (accessKept === undefined) return undefined;
  const enough = ledger.now() + accessKept * 1000;
  return ledger
    .family(old)
    .find(
      (token) => token.kind === 'access' && ledger.isLive(token) && (token.expiresAt ?? Infinity) > enough,
    );
}

/** Returns the members of every RFC 6749 answer. Undefined ones are omitted in JSON. */
export function commonFields(room: Room, { access, refresh: next }: Issued): Record<string, unknown> {
  return {
    access_token: access.value,
    expires_in: secondsLeft(room, access),
    refresh_token: next?.value,
    scope: access.scopes.join(' '),
    token_type: 'Bearer',
  };
}

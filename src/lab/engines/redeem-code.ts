import type { LabClient } from '../core/client.ts';
import type { Code, Token } from '../core/ledger-types.ts';
import { sha256 } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import type { Room } from '../profile.ts';

export interface Redemption {
  readonly code: string | undefined;
  readonly client: LabClient;
  readonly redirectUri: string | undefined;
  readonly verifier: string | undefined;
}

export interface RedemptionRules {
  readonly redirect: 'required' | 'if-given' | 'ignored';
  readonly pkce: 'checked' | 'ignored';
  /** Whether a replayed code revokes the tokens issued for it (RFC 6749 section 4.1.2). */
  readonly replayRevokes?: boolean;
}

/** Spends a code. A refused attempt leaves the code valid. @throws Refusal */
export function redeemCode(room: Room, asked: Redemption, rules: RedemptionRules): Code {
  const { client, redirectUri, verifier } = asked;
  if (asked.code === undefined) throw new Refusal('missing', 'code');
  if (rules.redirect === 'required' && redirectUri === undefined)
    throw new Refusal('missing', 'redirect_uri');
  const code = room.ledger.code(asked.code);
  if (code === undefined || code.clientId !== client.clientId) throw new Refusal('code_unknown');
  if (code.usedAt !== null) {
    if (rules.replayRevokes === true) room.ledger.end(room.ledger.family(code), 'reused');
    throw new Refusal('code_used');
  }
  if (code.expiresAt <= room.ledger.now()) throw new Refusal('code_expired');
  const differs = redirectUri !== undefined && redirectUri !== code.redirectUri;
  if (rules.redirect !== 'ignored' && differs) throw new Refusal('redirect_mismatch');
  if (rules.pkce === 'checked') verify(code, verifier);
  code.usedAt = room.ledger.now();
  room.ledger.touch();
  return code;
}

function verify({ challenge }: Code, verifier: string | undefined): void {
  if (challenge === null) {
    // RFC 9700 section 2.1.1: a verifier without a challenge is a downgrade.
    if (verifier !== undefined) throw new Refusal('verifier', 'unexpected');
    return;
  }
  if (verifier === undefined) throw new Refusal('verifier', 'missing');
  const wellFormed = /^[\w.~-]{43,128}$/.test(verifier);
  if (!wellFormed || sha256(verifier).toString('base64url') !== challenge.value)
    throw new Refusal('verifier', 'wrong');
}

export interface Lifetimes {
  /** Seconds; null for a token without an end. */
  readonly access: number | null;
  readonly refresh: number | null;
}

/** Issues the first tokens of a code. */
export function issueTokens(
  room: Room,
  code: Code,
  life: Lifetimes,
): { access: Token; refresh: Token | undefined } {
  const common = { grant: room.grant(code), scopes: [...code.scopes], family: code.family };
  const access = room.ledger.issue({ ...common, kind: 'access', expiresAt: until(room, life.access) });
  if (!code.offline) return { access, refresh: undefined };
  return {
    access,
    refresh: room.ledger.issue({ ...common, kind: 'refresh', expiresAt: until(room, life.refresh) }),
  };
}

export function until(room: Room, seconds: number | null): number | null {
  return seconds === null ? null : room.ledger.now() + seconds * 1000;
}

export function secondsLeft(room: Room, token: Token): number | undefined {
  return token.expiresAt === null ? undefined : Math.round((token.expiresAt - room.ledger.now()) / 1000);
}

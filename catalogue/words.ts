import type { Connector } from '../src/connectors/contract/contract.ts';

// The declared traits as text, for readers who choose a provider.

export function protocolOf({ family }: Connector): string {
  return { oidc: 'OpenID Connect', oauth2: 'OAuth 2.0', tokenless: 'identifies the person, issues no token' }[
    family
  ];
}

export function refreshOf({ family, refresh }: Connector): string {
  if (family === 'tokenless') return 'nothing to refresh';
  if (refresh.how === 'none') return 'none';
  if (refresh.how === 'exchange-live-token') return 'a valid access token is exchanged for a newer one';
  return {
    static: 'the refresh token stays the same',
    overlapping: 'new refresh token; the old one works for a while',
    'single-use': 'new refresh token; the old one stops working',
    'reuse-kills-family': 'new refresh token; using the old one again ends the grant',
  }[refresh.rotation];
}

export function revocationOf({ family, revoke, revokesBy, endpoints }: Connector): string {
  if (family === 'tokenless') return 'nothing to revoke';
  if (!revoke && !endpoints.revocation) return 'none';
  const how = revoke ? 'a call specific to this provider' : 'RFC 7009';
  return revokesBy ? `${how}; needs a valid access token` : how;
}

export function emailOf({ email }: Connector): string {
  if (email === 'vouched') return 'verified if the provider’s own flag says so';
  return email === 'unverified' ? 'provided, never treated as verified' : 'none';
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Returns the exact time in the largest unit that fits. */
export function lifetime(seconds: number): string {
  const [unit, size] = units.find(([, size]) => seconds % size === 0) ?? ['second', 1];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Returns the rotation class, if there is one. */
export function rotationOf({ family, refresh: { how, rotation } }: Connector): string {
  if (family === 'tokenless' || how === 'none') return 'none';
  return how === 'exchange-live-token' ? 'valid token exchanged' : rotation;
}

export function revokesOf({ revoke, revokesBy, endpoints }: Connector): string {
  if (!revoke && !endpoints.revocation) return '-';
  return revokesBy ? 'by valid token' : 'yes';
}

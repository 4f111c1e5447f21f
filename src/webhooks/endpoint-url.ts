import ipaddr from 'ipaddr.js';
import { isPublicAddress } from '../kit/outbound.ts';

/** Returns the reason for which an address is refused; undefined if it is allowed. Each connection checks its IP address. */
export function endpointUrlFault(text: string, allowedHosts: readonly string[]): string | undefined {
  if (text.length > 2048 || !URL.canParse(text)) return 'must be an absolute URL of at most 2048 characters';
  if (/[\s\\\p{Cc}]/u.test(text)) return 'must not contain spaces, backslashes or control characters';
  const { protocol, host, hostname, username, password, hash } = new URL(text);
  if (username || password) return 'must not contain credentials';
  if (hash) return 'must not contain a fragment';
  if (allowedHosts.some((allowed) => [host, hostname].includes(allowed.toLowerCase()))) {
    return /^https?:$/.test(protocol) ? undefined : 'must be http or https';
  }
  if (protocol !== 'https:') return 'must be https';
  const literal = hostname.replace(/^\[|\]$/g, '');
  const isPrivate = ipaddr.isValid(literal) && !isPublicAddress(literal);
  return isPrivate ? 'must be a public address' : undefined;
}

import { isIP, isIPv4, SocketAddress } from 'node:net';
import type { Request } from 'express';

/** IPv4 with the client's port, as Azure's gateways append it, and IPv6 in brackets, as in URLs. */
const withPort = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([^\]]+)\](?::\d{1,5})?)$/;
const mapped = /^::ffff:(?=\d+\.)/;

/**
 * Returns the client's IP address in its one spelling: IPv4 without the prefix `::ffff:`, IPv6 without a zone (RFC 5952).
 * Express has chosen the entry of X-Forwarded-For by the number of trusted hops. Undefined if that entry is no address.
 */
export function clientAddress({ ip }: Pick<Request, 'ip'>): string | undefined {
  return ip === undefined || ip.length > 64 ? undefined : canonicalAddress(ip);
}

/** Returns undefined if the text is no IP address. */
export function canonicalAddress(text: string): string | undefined {
  const [, v4, v6] = withPort.exec(text) ?? [];
  const [address = ''] = (v4 ?? v6 ?? text).split('%');
  if (isIPv4(address)) return address;
  if (isIP(address) === 0) return undefined;
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(mapped, '');
}

/**
 * Returns the part of an IP address that tells a person the place and not the line: the network of 256 addresses, or of
 * IPv6 the first 48 bits.
 */
export function addressPlace(address: string): string {
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.*`;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const known = tail === undefined || groups.length >= 3 ? groups : [...groups, '0', '0', '0'];
  return `${known.slice(0, 3).join(':')}:*`;
}

import { isIP, isIPv4, SocketAddress } from 'node:net';
import type { Request } from 'express';
import ipaddr from 'ipaddr.js';

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
function canonicalAddress(text: string): string | undefined {
  const [, v4, v6] = withPort.exec(text) ?? [];
  const [address = ''] = (v4 ?? v6 ?? text).split('%');
  if (isIPv4(address)) return address;
  if (isIP(address) === 0) return undefined;
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(mapped, '');
}

/** How much of a client's address events, logs and the lists of sessions keep. */
export const addressDetails = ['full', 'prefix', 'none'] as const;
export type AddressDetail = (typeof addressDetails)[number];

/** Returns the address as it is kept. Of a prefix, the network of 256 addresses (/24), or of IPv6 the first 48 bits. */
export function keptAddress(address: string | undefined, detail: AddressDetail): string | undefined {
  if (address === undefined || detail === 'none') return undefined;
  return detail === 'full' ? address : networkOf(address);
}

/** Returns the spellings under which the events of an address, or of a network as kept, can be found. */
export function keptSpellings(text: string): readonly string[] {
  const [address = '', bits] = text.split('/');
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return [];
  const network = networkOf(canonical);
  if (bits === undefined) return [canonical, network];
  return network === `${canonical}/${bits}` ? [network] : [];
}

function networkOf(address: string): string {
  const bits = isIPv4(address) ? 24 : 48;
  const network = ipaddr[isIPv4(address) ? 'IPv4' : 'IPv6'].networkAddressFromCIDR(`${address}/${bits}`);
  return `${canonicalAddress(network.toString())}/${bits}`;
}

/**
 * Returns the part of an IP address that tells a person the place and not the line: the network of 256 addresses, or of
 * IPv6 the first 48 bits.
 */
export function addressPlace(address: string): string {
  // It was kept as a network.
  if (address.includes('/')) return address;
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.*`;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const known = tail === undefined || groups.length >= 3 ? groups : [...groups, '0', '0', '0'];
  return `${known.slice(0, 3).join(':')}:*`;
}

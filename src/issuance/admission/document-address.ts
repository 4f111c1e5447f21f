/** The longest client id. It is a key of consents and artifacts. */
const longest = 512;

/**
 * A name of plain labels, or an address in digits. A dot at the end would be a second spelling of one host, and brackets or
 * commas in a name would let it look like another domain behind a name.
 */
const plainHost = /^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d+)?$/;

/**
 * Returns the domain of a client id that is the address of a metadata document (Client ID Metadata Document, section 3), with
 * the port unless it is 443. Undefined: any other client id. The address must be written as a browser writes it. That rules
 * out dot segments, user names and every second spelling of one address, so that an app has one id.
 */
export function domainOfAddress(clientId: string): string | undefined {
  if (clientId.length > longest || !clientId.startsWith('https://') || clientId.includes('#'))
    return undefined;
  const url = URL.parse(clientId);
  if (url?.href !== clientId || url.username !== '' || url.password !== '') return undefined;
  return plainHost.test(url.host) ? url.host : undefined;
}

/**
 * Returns whether a list of blocked domains names this one. An entry without a port stands for every port, since the holder of
 * a host can serve at any.
 */
export function blocksDomain(list: readonly string[], domain: string): boolean {
  return listsDomain(list, domain) || listsDomain(list, domain.replace(/:\d+$/, ''));
}

/** Returns whether a list of domains names this one. `*.example.com` stands for each subdomain of example.com. */
export function listsDomain(list: readonly string[], domain: string): boolean {
  return list.some((entry) => (entry.startsWith('*.') ? domain.endsWith(entry.slice(1)) : entry === domain));
}

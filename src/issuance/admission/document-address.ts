/** The longest client id. It is a key of consents and artifacts. */
const longest = 512;

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
  return url.host;
}

/** Returns whether a list of domains names this one. `*.example.com` stands for each subdomain of example.com. */
export function listsDomain(list: readonly string[], domain: string): boolean {
  return list.some((entry) => (entry.startsWith('*.') ? domain.endsWith(entry.slice(1)) : entry === domain));
}

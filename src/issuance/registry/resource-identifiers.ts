/**
 * Returns the spelling of a registered identifier that names the same resource as `given`. Scheme and host have no case, and
 * a bare origin may have a slash (RFC 3986 sections 6.2.2.1 and 6.2.3). All else is compared byte for byte. An identifier that is registered
 * just as given comes first.
 */
export function registeredResource(given: string, registered: readonly string[]): string | undefined {
  if (registered.includes(given)) return given;
  const plain = plainForm(given);
  return registered.find((identifier) => plainForm(identifier) === plain);
}

export function isSameResource(one: string, other: string): boolean {
  return one === other || plainForm(one) === plainForm(other);
}

function plainForm(identifier: string): string {
  const [, scheme, host, rest] = /^(https?):\/\/([^/?#@]+)(.*)$/is.exec(identifier) ?? [];
  if (scheme === undefined || host === undefined) return identifier;
  return `${scheme.toLowerCase()}://${host.toLowerCase()}${rest === '/' ? '' : rest}`;
}

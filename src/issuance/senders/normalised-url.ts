const unreserved = /^[\w.~-]$/;

/**
 * Returns an address without query and fragment, normalised by syntax and scheme (RFC 3986 sections 6.2.2 and 6.2.3), as
 * RFC 9449 section 4.3 compares `htu`. Undefined for a text that is no web address.
 */
export function normalisedUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
  const path = url.pathname.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return unreserved.test(character) ? character : code.toUpperCase();
  });
  return url.origin + path;
}

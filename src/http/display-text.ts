/**
 * Returns a provider's text in a form that a page can show: one short line without control, bidirectional or invisible
 * characters, with which it could imitate a text of the broker, and without lone surrogates. The template escapes it.
 */
export function displayText(text: string | null | undefined, most = 80): string {
  const clean = (text ?? '')
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = Array.from(clean);
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : clean;
}

/** Returns the address of an avatar if a browser may load it: https, without credentials. */
export function displayPicture(url: string | null | undefined): string | undefined {
  if (!url || url.length > 2048 || !URL.canParse(url)) return undefined;
  const { protocol, username, password } = new URL(url);
  return protocol === 'https:' && !username && !password ? url : undefined;
}

/**
 * A provider's text as a page may show it: one line, no control, bidirectional or invisible characters that could
 * pass it off as ours, no lone surrogate, and short. Escaping is the template's work.
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

/** An avatar's address when a browser may load it: https, and no credentials in it. */
export function displayPicture(url: string | null | undefined): string | undefined {
  if (!url || url.length > 2048 || !URL.canParse(url)) return undefined;
  const { protocol, username, password } = new URL(url);
  return protocol === 'https:' && !username && !password ? url : undefined;
}

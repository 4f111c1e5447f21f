/** The characters of a bearer token (RFC 6750 section 2.1): no header can carry another one to the broker. */
const bearer = /^[A-Za-z0-9\-._~+/]+=*$/;

/** An estimate of fewer bits is refused in production. 24 random bytes have 192. */
const fewestBits = 80;

export interface TokenFaults {
  /** The broker does not start. */
  readonly fault?: string;
  /** The broker starts, and says it. */
  readonly warning?: string;
}

/** Checks ADMIN_API_TOKEN. A random value always passes. */
export function checkAdminToken(token: string, { production }: { production: boolean }): TokenFaults {
  const make = 'make one with `openssl rand -base64 32 | tr +/ -_`';
  if (!bearer.test(token))
    return {
      fault: `ADMIN_API_TOKEN: has a character that no bearer token can have, so no request could match it; letters, digits and - . _ ~ + / are possible: ${make}`,
    };
  if (estimatedBits(token) >= fewestBits) return {};
  const weak = `ADMIN_API_TOKEN: can be guessed, for it repeats itself: ${make}`;
  return production ? { fault: weak } : { warning: weak };
}

/**
 * Returns a rough number of bits that an attacker has to guess: each new character costs the size of its alphabet, a
 * neighbour of the one before (aaaa, 1234) one bit, and a repeated part no more than its place and length.
 */
export function estimatedBits(text: string): number {
  const perCharacter = Math.log2(alphabetOf(text));
  let bits = 0;
  for (let at = 0; at < text.length; ) {
    const repeated = longestRepeat(text, at);
    if (repeated >= 3) {
      bits += Math.min(repeated * perCharacter, Math.log2(text.length) * 2);
      at += repeated;
      continue;
    }
    const step = at === 0 ? Number.NaN : Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1));
    bits += step <= 1 ? 1 : perCharacter;
    at += 1;
  }
  return bits;
}

/** Returns the length of the longest part from here on that has occurred before. */
function longestRepeat(text: string, at: number): number {
  let length = 0;
  while (at + length < text.length && text.slice(0, at + length).includes(text.slice(at, at + length + 1))) {
    length += 1;
  }
  return length;
}

function alphabetOf(text: string): number {
  const isHex = /^[0-9a-f]+$/.test(text);
  if (isHex) return /[a-f]/.test(text) ? 16 : 10;
  const classes: readonly (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[^A-Za-z\d]/, 8],
  ];
  return classes.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
}

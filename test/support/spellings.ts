/**
 * Returns the names of the places in which one of the secrets occurs: plain, in base64 or hexadecimal, or
 * within escapes of JSON, URLs or HTML, several layers of which may lie on each other.
 */
export function occurrences(
  secrets: Iterable<string>,
  places: Iterable<readonly [name: string, text: string]>,
): readonly string[] {
  const spelled = [...new Set(secrets)].map((secret) => ({ secret, ...spellings(secret) }));
  return Array.from(places).flatMap(([place, text]) => {
    const read = readings(text);
    const small = read.map((reading) => reading.toLowerCase());
    return spelled
      .filter(
        ({ exact, hexadecimal }) =>
          exact.some((form) => read.some((reading) => reading.includes(form))) ||
          small.some((reading) => reading.includes(hexadecimal)),
      )
      .map(({ secret }) => `${place}: ${secret.slice(0, 6)}… (${secret.length} characters)`);
  });
}

function spellings(secret: string) {
  const bytes = Buffer.from(secret, 'utf8');
  const inner = [0, 1, 2].map((before) => {
    // The signs at both ends depend on the neighbours, so that only the signs between them are certain.
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = (before + bytes.length) % 3 === 0;
    return text.slice([0, 2, 3][before], whole ? undefined : -1);
  });
  const base64 = inner.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
  return { exact: [...new Set([secret, ...base64])], hexadecimal: bytes.toString('hex') };
}

/** Returns the text as it is, and with up to three layers of escapes removed. */
function readings(text: string): readonly string[] {
  const read = [text];
  for (let current = text; read.length < 4; ) {
    const next = unescaped(current);
    if (next === current) break;
    read.push(next);
    current = next;
  }
  return read;
}

const sign = (code: string, base: number) => {
  const value = Number.parseInt(code, base);
  return value <= 0x10_ff_ff ? String.fromCodePoint(value) : '';
};

function unescaped(text: string): string {
  return text
    .replace(/\\+u([0-9a-f]{4})/gi, (_all, code: string) => sign(code, 16))
    .replace(/\\+(["/\\])/g, '$1')
    .replace(/&#x([0-9a-f]{1,6});/gi, (_all, code: string) => sign(code, 16))
    .replace(/&#([0-9]{1,7});/g, (_all, code: string) => sign(code, 10))
    .replace(/%([0-9a-f]{2})/gi, (_all, code: string) => sign(code, 16));
}

import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/kit/secret.ts';
import { createScrubber } from '../../src/retrieval/proxy/scrub.ts';

// The token has every sign that an escape may concern.
const token = 'ya29.aB+c/d=_-Ef%41&x~9Z\'q"\\k';
const scrubber = createScrubber([new Secret(token)]);

const hex = (sign: string, digits = 2) => sign.charCodeAt(0).toString(16).padStart(digits, '0');
const ways: Readonly<Record<string, (sign: string) => string>> = {
  plain: (sign) => sign,
  'percent in lower case': (sign) => `%${hex(sign)}`,
  'percent in capitals': (sign) => `%${hex(sign).toUpperCase()}`,
  'percent, twice': (sign) => `%25${hex(sign)}`,
  '\\u in lower case': (sign) => `\\u${hex(sign, 4)}`,
  '\\u in capitals': (sign) => `\\u${hex(sign, 4).toUpperCase()}`,
  '\\u in a text within a text': (sign) => `\\\\u${hex(sign, 4)}`,
  '\\u with braces': (sign) => `\\u{${hex(sign)}}`,
  '\\x': (sign) => `\\x${hex(sign)}`,
  'decimal for HTML': (sign) => `&#${sign.charCodeAt(0)};`,
  'hexadecimal for HTML': (sign) => `&#x${hex(sign).toUpperCase()};`,
  'for HTML, twice': (sign) => `&amp;#0${sign.charCodeAt(0)};`,
  'HTML within JSON': (sign) => `\\u0026#${sign.charCodeAt(0)};`,
  'HTML within a form': (sign) => `%26%23${sign.charCodeAt(0)}%3B`,
  'a form within JSON': (sign) => `\\u0025${hex(sign)}`,
  'JSON within a form': (sign) => `%5Cu${hex(sign, 4)}`,
  'JSON within HTML': (sign) => `&#92;u${hex(sign, 4)}`,
  'a form within HTML': (sign) => `&#37;${hex(sign)}`,
  'two bytes': (sign) => `${sign}\0`,
};
const names = Object.keys(ways);
const written = (way: (sign: string, index: number) => string) => Array.from(token, way).join('');
const mixed = written((sign, index) => ways[names[index % (names.length - 1)] ?? '']?.(sign) ?? sign);

async function streamed(chunks: readonly string[]): Promise<string> {
  const stream = scrubber.stream();
  const answer = (async () => {
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return Buffer.concat(parts).toString('latin1');
  })();
  for (const chunk of chunks) stream.write(Buffer.from(chunk, 'latin1'));
  stream.end();
  return await answer;
}

describe('the token is removed', () => {
  it.each(names)('when all of it is written as: %s', (name) => {
    const text = scrubber.text(`<${written(ways[name] ?? ((sign) => sign))}>`);
    expect(text.replace('\0', '')).toBe('<[removed]>');
  });

  it.each(names)('when each second character is written as: %s', (name) => {
    const text = written((sign, index) => (index % 2 === 0 ? sign : (ways[name]?.(sign) ?? sign)));
    expect(scrubber.text(`t=${text}&`).replace('\0', '')).toBe('t=[removed]&');
  });

  it('when each character is written in another way, also cut at every place', async () => {
    expect(scrubber.text(mixed)).toBe('[removed]');
    expect(await streamed(Array.from(`a${mixed}b%2`))).toBe('a[removed]b%2');
    const texts = Array.from(mixed, (_, cut) => streamed([`${mixed.slice(0, cut)}`, `${mixed.slice(cut)}!`]));
    expect(new Set(await Promise.all(texts))).toEqual(new Set(['[removed]!']));
  });

  it('as forms, JSON, names in HTML and JSON with escaped slashes write it', () => {
    const form = new URLSearchParams({ token }).toString();
    const json = JSON.stringify({ token, again: [token] });
    const html = token.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('+', '&plus;');
    expect(scrubber.text(form)).toBe('token=[removed]');
    expect(scrubber.text(json)).toBe('{"token":"[removed]","again":["[removed]"]}');
    expect(scrubber.text(json.replaceAll('/', '\\/'))).toBe('{"token":"[removed]","again":["[removed]"]}');
    expect(scrubber.text(`<b>${html}</b>`)).toBe('<b>[removed]</b>');
    expect(scrubber.text(`${token.slice(0, 9)}\r\n${token.slice(9)}`)).toBe('[removed]');
  });

  it.each(['', 'a', 'Bearer ', 'token '])('in base64, after %j', (before) => {
    const text = Buffer.from(`${before}${token} and more`);
    for (const encoding of ['base64', 'base64url'] as const) {
      const whole = text.toString(encoding);
      const clean = scrubber.text(whole);
      expect(clean).toContain('[removed]');
      expect(clean.length).toBeLessThanOrEqual(whole.length - token.length);
    }
  });

  it('even if one token is the beginning of another, or stands twice', async () => {
    const two = createScrubber([new Secret('abcdefgh'), new Secret('abcdefghijkl')]);
    expect(two.text('abcdefghabcdefghijkl.abcdefghi')).toBe('[removed][removed].[removed]i');
  });
});

describe('all else', () => {
  it.each([
    ['a text without it', 'plain text, with %20, \\u00e9, &amp; and &#233;'],
    ['a part of it', token.slice(0, -1)],
    ['one that differs', token.replace('+', '-')],
    ['bytes of any kind', String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))],
  ])('stays as it is: %s', async (_what, text) => {
    expect(scrubber.text(text)).toBe(text);
    expect(await streamed([text])).toBe(text);
    expect(await streamed(Array.from(text))).toBe(text);
  });

  it('is passed on without a wait for more, unless it may be the start of a token', async () => {
    const stream = scrubber.stream();
    stream.write('data: {}\n\n');
    expect(String(stream.read())).toBe('data: {}\n\n');
    stream.write(`data: ${token.slice(0, 4)}`);
    expect(String(stream.read())).toBe('data: ');
    stream.end();
    expect(String(stream.read())).toBe(token.slice(0, 4));
  });

  it('is refused if it is made to be searched slowly', async () => {
    const alike = createScrubber([new Secret(`${'a'.repeat(20_000)}b`)]);
    expect(() => alike.text('a'.repeat(2_000_000))).toThrow(/too long to search/);
  });
});

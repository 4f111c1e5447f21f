import { Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseExactJson } from '../../kit/exact-json.ts';
import { locationForApp } from '../../retrieval/proxy/location.ts';
import type { Proxied } from '../../retrieval/proxy/proxy-call.ts';

/** The most bytes of a provider's answer that an agent receives. */
const mostBytes = 256 * 1024;
/** A binary answer is read no further than this for its size. */
const mostCounted = 10 * 1024 * 1024;

/** An answer of a provider's API in the form that an agent receives. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON as it is, another text as a string; null: there is none, or it is not text. */
  readonly body: unknown;
  readonly truncated?: true;
  /** A sentence about the body, in our words. */
  readonly hint?: string;
}

/** Headers that help an agent to go on. All others stay here. */
const kept =
  /^(content-type|etag|last-modified|link|location|retry-after|deprecation|sunset|x-total-count|x-next-page|x-page|x-total|x-ratelimit-(limit|remaining|reset)|ratelimit(-(limit|remaining|reset|policy))?)$/;
const text =
  /^(text\/|application\/(json|xml|javascript|x-ndjson|graphql|x-www-form-urlencoded)\b)|[+](json|xml)\b/i;
const json = /^application\/json\b|[+]json\b/i;
const longestHeader = 2_000;

/** Reads the answer, without the token in any spelling. A part of a character at the end of a long text is dropped. */
export async function readProviderAnswer(
  proxied: Proxied,
): Promise<ProviderAnswer & { readonly bytes: number }> {
  const { answer, scrubber, api } = proxied;
  const { status } = answer;
  const headers = headersOf(proxied);
  const type = answer.headers.get('content-type') ?? '';
  if (!answer.body) return { status, headers, body: null, bytes: 0 };
  if (type !== '' && !text.test(type)) {
    const bytes = await lengthOf(answer.body);
    const size = bytes > mostCounted ? `more than ${mostCounted}` : String(bytes);
    return { status, headers, body: null, bytes, hint: `The body is not text, and has ${size} bytes.` };
  }
  const { bytes, truncated } = await firstBytes(Readable.from(answer.body), scrubber.stream());
  const whole = scrubber.text(new TextDecoder().decode(bytes, { stream: truncated }));
  const about = { status, headers, bytes: bytes.length };
  if (truncated)
    return {
      ...about,
      body: whole,
      truncated,
      hint: `The body is longer than ${mostBytes} bytes. Ask for fewer items, or for one page at a time. Paths are below ${api}.`,
    };
  return { ...about, body: json.test(type) ? parsedOr(whole) : whole === '' ? null : whole };
}

function headersOf({ answer, scrubber, api }: Proxied): Readonly<Record<string, string>> {
  const entries = [...answer.headers].flatMap(([name, value]) => {
    if (!kept.test(name)) return [];
    const clean = name === 'location' ? locationForApp(value, { api, proxyBase: '' }) : value;
    return [[name, scrubber.text(clean).slice(0, longestHeader)] as const];
  });
  return Object.fromEntries(entries);
}

function parsedOr(body: string): unknown {
  try {
    return body === '' ? null : parseExactJson(body);
  } catch {
    return body;
  }
}

/** Reads the scrubbed bytes up to the limit, and ends the transfer there. */
async function firstBytes(
  source: Readable,
  scrubbed: Transform,
): Promise<{ readonly bytes: Buffer; readonly truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const enough = new AbortController();
  const collect = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (size <= mostBytes) chunks.push(chunk);
      size += chunk.length;
      if (size > mostBytes) enough.abort();
      done();
    },
  });
  try {
    await pipeline(source, scrubbed, collect, { signal: enough.signal });
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, mostBytes), truncated: size > mostBytes };
}

async function lengthOf(body: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > mostCounted) break;
  }
  return size;
}

import type { IncomingHttpHeaders } from 'node:http';
import type { CallDetail } from '../issuance/tokens/call-details.ts';
import { type CallPlace, digestOfCall, type WrittenCall } from './approval-content.ts';

/** Headers that say nothing about the change: the app may send them, or not, with a call that the person has not seen them in. */
const neutral: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'client-request-id',
  'idempotency-key',
  'pragma',
  'request-id',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-correlation-id',
  'x-idempotency-key',
  'x-request-id',
  'x-requested-with',
]);

/** Returns the body as it is sent, null for none. JSON is written without spaces, in the order in which it came. */
export function writtenBody(body: CallDetail['body']): {
  readonly text: string | null;
  readonly isJson: boolean;
} {
  if (body === undefined || body === '') return { text: null, isJson: false };
  return typeof body === 'string'
    ? { text: body, isJson: false }
    : { text: JSON.stringify(body), isJson: true };
}

/** Returns the headers that the person sees and that the call must have, with names in lower case. */
export function pinnedHeaders(
  given: Readonly<Record<string, string>>,
  body: string | null,
  isJson: boolean,
): Record<string, string> {
  const usual = isJson ? 'application/json' : 'text/plain; charset=utf-8';
  const lower = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  const all = { ...(body !== null && { 'content-type': usual }), ...Object.fromEntries(lower) };
  return pinned(all);
}

/** Returns the headers of a request that count, in the same form. */
export function pinnedOf(received: IncomingHttpHeaders, leaving: Headers): Record<string, string> {
  const all = Object.entries(received).flatMap(([name, value]) =>
    value === undefined || !leaving.has(name) ? [] : [[name, String(value)] as const],
  );
  return pinned(Object.fromEntries(all));
}

/** Returns the headers of a request that do not count. They are sent beside those that the person has seen. */
export function neutralOf(received: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(received).filter(([name]) => neutral.has(name)));
}

function pinned(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !neutral.has(name))
      .map(([name, value]) => [name, name === 'content-type' ? plainType(value) : value]),
  );
}

/** Libraries write the charset in several ways, and JSON has but one (RFC 8259 section 8.1). */
function plainType(value: string): string {
  const utf8 = /^([^;]+);\s*charset="?utf-8"?\s*$/i.exec(value);
  const type = (utf8?.[1] ?? value).trim().toLowerCase();
  if (!utf8) return type.includes(';') ? value.trim() : type;
  return type === 'application/json' ? type : `${type}; charset=utf-8`;
}

/** Returns the digest of a call that an app asked a person for. JSON that differs in spaces alone is the same call. */
export function digestOfExactCall(place: CallPlace, call: WrittenCall, isJson: boolean): string {
  return digestOfCall(place, call, isJson ? 'symbolon-exact-json/1' : 'symbolon-exact-call/1');
}

/** Returns the digests that a request may have. */
export function digestsOf(place: CallPlace, call: WrittenCall): readonly string[] {
  const json = call.body === null ? undefined : rewritten(call.body);
  return [
    digestOfExactCall(place, call, false),
    ...(json === undefined ? [] : [digestOfExactCall(place, { ...call, body: json }, true)]),
  ];
}

function rewritten(body: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return undefined;
  }
}

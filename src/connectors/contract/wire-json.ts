import type { Json } from '../../kit/exact-json.ts';
import type { WireAnswer } from './conform.ts';
import { asObject, type JsonObject, tryParse } from './wire.ts';

// Helpers for `conform`: they read and rewrite answers that do not follow RFC 6749.

/** Returns the JSON object of an answer, or undefined if it is something else. */
export function bodyOf({ text }: WireAnswer): JsonObject | undefined {
  return asObject(tryParse(text));
}

/** Returns the JSON inside a JSONP call, or the text itself. */
export function withoutCallback(text: string): string {
  const [, json] = /^\s*callback\(\s*(\{.*\})\s*\);?\s*$/s.exec(text) ?? [];
  return json ?? text;
}

/** Returns the answer with this JSON as its body. */
export function asJson(answer: WireAnswer, body: object): WireAnswer {
  return { ...answer, headers: jsonHeaders(answer), text: JSON.stringify(body) };
}

/**
 * Returns a refusal in the form of RFC 6749: `error`, the members that `classify` reads, and a status of at least 400.
 */
export function asRefusal(answer: WireAnswer, body: { readonly error: string } & JsonObject): WireAnswer {
  return { ...asJson(answer, body), status: Math.max(400, answer.status) };
}

function jsonHeaders({ headers }: WireAnswer): Headers {
  const conformed = new Headers({ 'content-type': 'application/json' });
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== null) conformed.set('retry-after', retryAfter);
  return conformed;
}

/** Returns a numeric code, also if it is sent as digits. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,12}$/.test(value) ? Number(value) : undefined;
}

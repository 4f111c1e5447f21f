import { asObject, type Json, type JsonObject, tryParse } from '../../kit/exact-json.ts';
import type { HttpAnswer } from './rewrite.ts';

// Helpers for `rewrite`: they read and rewrite answers that do not follow RFC 6749.

/** Returns the JSON object of an answer, or undefined if it is something else. */
export function bodyOf({ text }: HttpAnswer): JsonObject | undefined {
  return asObject(tryParse(text));
}

/** Returns the JSON inside a JSONP call, or the text itself. */
export function withoutCallback(text: string): string {
  const [, json] = /^\s*callback\(\s*(\{.*\})\s*\);?\s*$/s.exec(text) ?? [];
  return json ?? text;
}

/** Returns the answer with this JSON as its body. */
export function asJson(answer: HttpAnswer, body: object): HttpAnswer {
  return { ...answer, headers: jsonHeaders(answer), text: JSON.stringify(body) };
}

/**
 * Returns a refusal in the form of RFC 6749: `error`, the members that `classify` reads, and a status of at least 400.
 */
export function asRefusal(answer: HttpAnswer, body: { readonly error: string } & JsonObject): HttpAnswer {
  return { ...asJson(answer, body), status: Math.max(400, answer.status) };
}

function jsonHeaders({ headers }: HttpAnswer): Headers {
  const rewritten = new Headers({ 'content-type': 'application/json' });
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== null) rewritten.set('retry-after', retryAfter);
  return rewritten;
}

/** Returns a numeric code, also if it is sent as digits. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,12}$/.test(value) ? Number(value) : undefined;
}

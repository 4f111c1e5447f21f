import type { Json } from '../../kit/exact-json.ts';
import type { WireAnswer } from './conform.ts';
import { asObject, type JsonObject, tryParse } from './wire.ts';

// What connectors make of the answers of providers that do not speak RFC 6749.

/** The JSON object of an answer; undefined when it is something else. */
export function bodyOf({ text }: WireAnswer): JsonObject | undefined {
  return asObject(tryParse(text));
}

/** The JSON in what some write as a call of a function (JSONP). */
export function withoutCallback(text: string): string {
  const [, json] = /^\s*callback\(\s*(\{.*\})\s*\);?\s*$/s.exec(text) ?? [];
  return json ?? text;
}

/** The answer as this JSON. */
export function asJson(answer: WireAnswer, body: object): WireAnswer {
  return { ...answer, headers: jsonHeaders(answer), text: JSON.stringify(body) };
}

/** The refusal that RFC 6749 would have: `error`, with what `classify` reads, and a status that says so. */
export function asRefusal(answer: WireAnswer, body: { readonly error: string } & JsonObject): WireAnswer {
  return { ...asJson(answer, body), status: Math.max(400, answer.status) };
}

function jsonHeaders({ headers }: WireAnswer): Headers {
  const conformed = new Headers({ 'content-type': 'application/json' });
  const retryAfter = headers.get('retry-after');
  if (retryAfter !== null) conformed.set('retry-after', retryAfter);
  return conformed;
}

/** A code that is a number, or the digits of one. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,12}$/.test(value) ? Number(value) : undefined;
}

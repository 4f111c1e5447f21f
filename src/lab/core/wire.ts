import type { Request, Response } from 'express';

/** One request as a provider reads it. Profiles do not depend on Express. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly json: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly header: (name: string) => string | undefined;
  /** The fault of this call, for faults that only the profile can simulate. */
  readonly fault: string | null;
}

type Encoding = 'json' | 'json-as-text' | 'form' | 'html' | 'text' | 'empty';

export interface Reply {
  readonly status: number;
  readonly encoding: Encoding;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Returns the body with the provider's envelope, e.g. a prefix, a callback, a signature. */
  readonly wrap?: (text: string) => string;
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, encoding: 'json', body, headers };
}

export function readCall(request: Request): Call {
  const url = new URL(request.originalUrl, 'http://lab');
  const text = typeof request.body === 'string' ? request.body : '';
  const contentType = (request.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return {
    method: request.method,
    path: request.originalUrl,
    params: Object.fromEntries(Object.entries(request.params).map(([key, value]) => [key, String(value)])),
    query: url.searchParams,
    form: new URLSearchParams(contentType === 'application/x-www-form-urlencoded' ? text : ''),
    json: contentType === 'application/json' ? readJson(text) : {},
    contentType,
    header: (name) => request.get(name),
    fault: null,
  };
}

/** Returns a parameter from the body, else from the query. An empty value counts as absent, as at the providers. */
export function param(call: Call, name: string): string | undefined {
  return call.form.get(name) || call.query.get(name) || undefined;
}

export function bearer(call: Call): string | undefined {
  return /^bearer +(\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
}

/** Reads HTTP Basic with the form-decoding of RFC 6749 section 2.3.1. */
export function basic(call: Call): { id: string; secret: string } | undefined {
  const encoded = /^basic +(\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return { id: formDecode(id), secret: formDecode(secret) };
}

export function send(response: Response, reply: Reply): void {
  response.status(reply.status).set({ 'cache-control': 'no-store', ...reply.headers });
  if (reply.encoding === 'empty') return void response.end();
  // Express's `send` would add a charset that the provider does not send.
  response.setHeader('content-type', reply.headers?.['content-type'] ?? contentTypes[reply.encoding]);
  const text = encode(reply);
  response.end(reply.wrap ? reply.wrap(text) : text);
}

const contentTypes = {
  json: 'application/json; charset=utf-8',
  'json-as-text': 'text/plain',
  form: 'application/x-www-form-urlencoded; charset=utf-8',
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};

function encode({ encoding, body }: Reply): string {
  if (encoding === 'json' || encoding === 'json-as-text') return JSON.stringify(body);
  if (encoding !== 'form' || !isRecord(body)) return String(body);
  return new URLSearchParams(
    Object.entries(body).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function formDecode(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A listener at the servers of a world, for the search of what an MCP client receives. */
export interface Received {
  /** Listens at a further port of this process. */
  at(port: number): void;
  /** The answers that MCP clients have received so far: status, headers and body, by name. */
  answers(): readonly (readonly [name: string, text: string])[];
  /** The broker's own tokens and codes, client secrets and DPoP proofs that have passed so far. */
  passed(): readonly string[];
  end(): void;
}

/** The paths whose answers hold no token: the agents' API, and the metadata of the APIs and of the issuer. */
const searched = /^\/(?:mcp|\.well-known)(?:[/?]|$)/;
const tokenEndpoint = /\/token(?:\?|$)/;
/** A shorter value is a harmless word of a test, such as "Bearer wrong". */
const shortest = 20;

/** Listens beneath the broker's own code, so that no answer passes it, not even one of an error handler. */
export function listenForAgents(): Received {
  const ports = new Set<number>();
  const answers: { readonly name: string; readonly parts: (string | Buffer)[] }[] = [];
  const secrets = new Set<string>();
  const pass = (value: unknown) => {
    if (typeof value === 'string' && value.length >= shortest) secrets.add(value);
  };

  function onRequest(message: unknown) {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (!ports.has(request.socket.localPort ?? 0)) return;
    const { method = '', url = '', headers } = request;
    const [scheme, value = ''] = headers.authorization?.split(' ') ?? [];
    pass(value);
    if (scheme === 'Basic') pass(Buffer.from(value, 'base64').toString().split(':')[1]);
    pass(headers.dpop);
    pass(codeOf(url));
    if (searched.test(url)) {
      const parts: (string | Buffer)[] = [];
      answers.push({ name: `${method} ${url.split('?')[0]}`, parts });
      tap(response, parts);
    } else if (tokenEndpoint.test(url)) {
      const parts: (string | Buffer)[] = [];
      tap(response, parts, () => parts.length > 0 && tokensOf(textOf(parts.slice(1))).forEach(pass));
    } else {
      response.once('finish', () => pass(codeOf(String(response.getHeader('location') ?? ''))));
    }
  }

  subscribe('http.server.request.start', onRequest);
  return {
    at: (port) => void ports.add(port),
    answers: () => answers.map(({ name, parts }) => [name, textOf(parts)] as const),
    passed: () => [...secrets],
    end: () => void unsubscribe('http.server.request.start', onRequest),
  };
}

const textOf = (parts: readonly (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string))).toString('utf8');

const codeOf = (url: string) => /[?&#]code=([^&#]+)/.exec(url)?.[1];

function tokensOf(body: string): readonly unknown[] {
  try {
    const { access_token, refresh_token, id_token } = JSON.parse(body) as Record<string, unknown>;
    return [access_token, refresh_token, id_token];
  } catch {
    return [];
  }
}

/** Copies the head of a response into the first part, and its body into those after it. */
function tap(response: ServerResponse, parts: (string | Buffer)[], done: () => unknown = () => undefined) {
  const { writeHead, write, end } = response;
  const copy = (chunk: unknown, encoding: unknown) => {
    if (typeof chunk === 'string') parts.push(Buffer.from(chunk, encodingOf(encoding)));
    else if (chunk instanceof Uint8Array) parts.push(Buffer.from(chunk));
  };
  const own = response as unknown as Record<string, (...given: unknown[]) => unknown>;
  own.writeHead = (...given) => {
    const result = Reflect.apply(writeHead, response, given);
    parts.unshift(`${JSON.stringify([given, response.getHeaders()])}\n`);
    if (response.hasHeader('content-encoding')) throw new Error('an answer that the search cannot read');
    return result;
  };
  // The original functions may call each other, so that each copies only what its own caller gave.
  own.write = (...given) => {
    copy(given[0], given[1]);
    return Reflect.apply(write, response, given);
  };
  own.end = (...given) => {
    copy(given[0], given[1]);
    const result = Reflect.apply(end, response, given);
    done();
    return result;
  };
}

const encodingOf = (encoding: unknown): BufferEncoding =>
  typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';

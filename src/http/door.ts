import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type Express } from 'express';
import { newId } from '../kit/ids.ts';
import { crossOriginHeaders } from './allow-any-origin.ts';
import type { AnsweredRequests } from './answered-requests.ts';
import { type HttpOptions, securityHeaderValues } from './app.ts';
import { tokenIn } from './bearer.ts';
import { clientAddress, keptAddress } from './client-address.ts';

/** A request at the door, as far as it decides the answer. */
export interface DoorRequest {
  readonly ref: string;
  readonly token: string;
  readonly requestId: string;
  readonly address: string | undefined;
}

export interface DoorAnswer {
  readonly content: object;
  readonly clientId: string;
}

export interface DoorOptions extends Pick<HttpOptions, 'issuer' | 'auditAddresses'> {
  /** The app that answers all else, with its setting for proxies. */
  readonly app: Express;
  readonly answeredRequests: AnsweredRequests;
  /** Returns the content of a success with the app that it is for, or undefined without having done anything. */
  readonly answer: (request: DoorRequest) => DoorAnswer | undefined;
}

const path = /^\/v1\/me\/identities\/([\w.-]{1,128})\/token$/;
const route = '/v1/me/identities/:ref/token';

/**
 * Returns a listener that answers the plain success of the most frequent request before Express: its stack takes more than
 * the rest of the work. All that is unusual about a request, and each refusal, goes to the app, which has not heard of the
 * request before. The answer is the same, header by header.
 */
export function createDoor({
  app,
  issuer,
  auditAddresses = 'full',
  answeredRequests,
  answer,
}: DoorOptions): RequestListener {
  const { host } = new URL(issuer);
  const fixed = [
    ...securityHeaderValues(issuer),
    ['Cache-Control', 'no-store'] as const,
    ...Object.entries(crossOriginHeaders('GET')),
    ['Content-Type', 'application/json; charset=utf-8'] as const,
  ].flat();
  // Express's own reading of X-Forwarded-For.
  const ipIn = Object.getOwnPropertyDescriptor(express.request, 'ip')?.get;
  const addressOf = ({ headers, socket }: IncomingMessage) =>
    keptAddress(
      clientAddress({ ip: ipIn?.call({ app, headers, socket, connection: socket }) }),
      auditAddresses,
    );

  const isPlain = ({ method, headers }: IncomingMessage) =>
    method === 'GET' &&
    headers.host === host &&
    headers.dpop === undefined &&
    // A request with a body, or with a page in mind.
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    !headers.accept?.includes('text/html');

  function answered(request: IncomingMessage, response: ServerResponse): boolean {
    const [, ref] = path.exec(request.url ?? '') ?? [];
    if (ref === undefined || !isPlain(request)) return false;
    const { token, by } = tokenIn(request.headers) ?? {};
    if (token === undefined || by !== 'Bearer') return false;
    const begun = answeredRequests.begin(request);
    const requestId = newId('req');
    const address = addressOf(request);
    const found = answer({ ref, token, requestId, address });
    if (!found) return false;
    const body = JSON.stringify(found.content);
    const length = Buffer.byteLength(body);
    response.writeHead(200, ['X-Request-Id', requestId, ...fixed, 'Content-Length', String(length)]);
    // Node writes ASCII with less work if it is told.
    response.end(body, length === body.length ? 'latin1' : 'utf8');
    begun.end({ request: { requestId, address }, client: found.clientId, method: 'GET', route, status: 200 });
    return true;
  }

  return (request, response) => {
    if (!answered(request, response)) app(request, response);
  };
}

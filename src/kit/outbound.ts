import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { seconds } from './clock.ts';
import { currentTraceparent, traced } from './spans.ts';
import { startTimeout } from './timeout.ts';

/**
 * The HTTP client for all calls to other hosts. It bounds time and size, and refuses redirects and private addresses.
 */
export interface Outbound {
  /** Returns the response with its whole body read. @throws OutboundError, but not for a status code */
  fetch(url: string | URL, init?: OutboundInit): Promise<Response>;
  /**
   * Returns when the head has arrived. The caller reads and bounds the body. A redirect is returned like any other
   * response. @throws OutboundError
   */
  open(url: URL, init: OpenInit): Promise<Opened>;
  close(): Promise<void>;
}

export interface OutboundInit {
  readonly method?: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
  /** Milliseconds; only shorter than the default. */
  readonly totalTimeout?: number;
  /** The largest body in bytes, if not the default. */
  readonly sizeLimit?: number;
  /** True: the receiver is the operator's own, and gets `traceparent` in any case. */
  readonly isTraced?: boolean;
}

export interface OpenInit {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;
  /** Aborts the call and its body. */
  readonly signal: AbortSignal;
  /** Milliseconds until the head must have arrived. */
  readonly headTimeout: number;
}

export interface Opened {
  readonly status: number;
  readonly headers: Headers;
  /** Decoded, if it was encoded. */
  readonly body: AsyncIterable<Uint8Array> | null;
}

export type OutboundFailure =
  | 'refused-address'
  | 'insecure'
  | 'unreachable'
  | 'timeout'
  | 'too-large'
  | 'redirected';

export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly failure: OutboundFailure;

  constructor(failure: OutboundFailure, host: string, cause?: unknown) {
    super(`call to ${host}: ${failure}`, { cause });
    this.failure = failure;
  }
}

export interface OutboundOptions {
  /** Each `host` or `host:port` that may have a private address and be called over http. */
  readonly allowedPrivateHosts: readonly string[];
  readonly connectTimeout?: number;
  readonly totalTimeout?: number;
  /** The largest body in bytes. */
  readonly sizeLimit?: number;
  /** The setting TRACEPARENT_TO_PROVIDERS. Default: false. */
  readonly sendsTraceparent?: boolean | undefined;
}

export function createOutbound(options: OutboundOptions): Outbound {
  const { connectTimeout = seconds(3), totalTimeout = seconds(10), sizeLimit = 256 * 1024 } = options;
  const allowed = new Set(options.allowedPrivateHosts.map((host) => host.toLowerCase()));
  // The library is loaded for the first call: a start needs none.
  const load = async () => {
    const { Agent, fetch: send } = await import('undici');
    const agent = (lookup?: LookupFunction) =>
      new Agent({
        connect: { timeout: connectTimeout, ...(lookup && { lookup }) },
        keepAliveTimeout: seconds(4),
      });
    // `guarded` connects to public addresses alone. `unguarded` is for the allowed hosts.
    return { send, guarded: agent(publicAddressesOnly), unguarded: agent() };
  };
  let loaded: ReturnType<typeof load> | undefined;
  const clientFor = async (url: URL) => {
    const trusted = allowed.has(url.host) || allowed.has(url.hostname);
    if (!trusted) refuseUnsafe(url);
    loaded ??= load();
    const { send, guarded, unguarded } = await loaded;
    return { send, dispatcher: trusted ? unguarded : guarded };
  };

  const traceHeaders = (always = false) => {
    const traceparent = always || options.sendsTraceparent ? currentTraceparent() : undefined;
    return traceparent === undefined ? {} : { traceparent };
  };

  return {
    fetch: async (target, init = {}) => {
      const url = new URL(target);
      return await called(url, init.method ?? 'GET', () => call(url, init));
    },
    open: (url, init) => called(url, init.method, () => opened(url, init)),
    async close() {
      if (!loaded) return;
      const { guarded, unguarded } = await loaded;
      await Promise.all([guarded.destroy(), unguarded.destroy()]);
    },
  };

  async function call(url: URL, init: OutboundInit): Promise<Response> {
    const { send, dispatcher } = await clientFor(url);
    const timeout = startTimeout(Math.min(init.totalTimeout ?? totalTimeout, totalTimeout));
    try {
      const response = await send(url, {
        method: init.method ?? 'GET',
        headers: { ...Object.fromEntries(new Headers(init.headers)), ...traceHeaders(init.isTraced) },
        ...(init.body !== undefined && { body: init.body }),
        redirect: 'manual',
        dispatcher,
        signal: timeout.signal,
      });
      if (response.status >= 300 && response.status < 400) throw new OutboundError('redirected', url.host);
      const body = await readWithin(response.body, init.sizeLimit ?? sizeLimit, url.host);
      const bodiless = [101, 204, 205].includes(response.status);
      return new Response(bodiless ? null : body, {
        status: response.status,
        headers: Object.fromEntries(response.headers),
      });
    } catch (error) {
      throw asOutboundError(error, url.host);
    } finally {
      timeout.end();
    }
  }

  async function opened(url: URL, init: OpenInit): Promise<Opened> {
    const { method, headers, body, signal, headTimeout } = init;
    const { send, dispatcher } = await clientFor(url);
    const timeout = startTimeout(headTimeout);
    try {
      const response = await send(url, {
        method,
        headers: { ...Object.fromEntries(headers), ...traceHeaders() },
        ...(body !== undefined && { body, duplex: 'half' }),
        redirect: 'manual',
        dispatcher,
        signal: AbortSignal.any([signal, timeout.signal]),
      });
      return { status: response.status, headers: new Headers([...response.headers]), body: response.body };
    } catch (error) {
      throw asOutboundError(error, url.host);
    } finally {
      timeout.end();
    }
  }
}

/**
 * Makes a call in a span. The span names the host and not the path or the query, which can hold a person, a code or a token.
 */
async function called<Result extends { readonly status: number }>(
  url: URL,
  method: string,
  call: () => Promise<Result>,
): Promise<Result> {
  const attributes = {
    'http.request.method': method,
    'server.address': url.hostname,
    ...(url.port !== '' && { 'server.port': Number(url.port) }),
  };
  return await traced(method, { isCall: true, attributes }, async (span) => {
    const result = await call();
    const { status } = result;
    span?.setAttribute('http.response.status_code', status);
    if (status >= 400) span?.setAttribute('error.type', String(status));
    return result;
  });
}

const ipv4Compatible = ipaddr.parseCIDR('::/96');

/** Azure serves every virtual machine its platform at this address, which is in a public range. */
const azurePlatform = '168.63.129.16';

function refuseUnsafe(url: URL): void {
  if (url.protocol !== 'https:') throw new OutboundError('insecure', url.host);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(literal) && !isPublicAddress(literal))
    throw new OutboundError('refused-address', url.host);
}

/** Checks the resolved addresses at connect time, so that a second DNS answer cannot differ (DNS rebinding). */
const publicAddressesOnly: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 4);
    const usable = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = usable;
    if (!first) return callback(new OutboundError('refused-address', hostname), '', 4);
    if (options.all) return callback(null, usable);
    callback(null, first.address, first.family);
  });
};

export function isPublicAddress(address: string): boolean {
  const parsed = ipaddr.process(address);
  // IPv4-compatible addresses (RFC 4291 section 2.5.5.1) are deprecated, and some systems route them to IPv4.
  const compatible = parsed.kind() === 'ipv6' && parsed.match(ipv4Compatible);
  return !compatible && parsed.range() === 'unicast' && parsed.toString() !== azurePlatform;
}

async function readWithin(
  body: AsyncIterable<Uint8Array> | null,
  limit: number,
  host: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw new OutboundError('too-large', host);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function asOutboundError(error: unknown, host: string): OutboundError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OutboundError) return cause;
    if (cause.name === 'TimeoutError' || /Timeout/.test(cause.name))
      return new OutboundError('timeout', host);
  }
  return new OutboundError('unreachable', host, error);
}

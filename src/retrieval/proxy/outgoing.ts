import type { IncomingHttpHeaders } from 'node:http';
import { findProxyRule, type ProxyMethod, type ProxyRule } from '../../issuance/registry/proxy-rules.ts';
import { Problem } from '../../kit/problem.ts';
import type { Permitted } from '../permission.ts';
import { usualHeaders } from './allowed-headers.ts';
import { requestHeaders } from './headers.ts';
import { checkQuery } from './parameters.ts';
import { targetOf } from './target.ts';

/** An app's call as it arrived. */
export interface WrittenCall {
  readonly method: ProxyMethod;
  /** The path below the API's base, as written. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

/** The call as the provider receives it, without its body and without the token, which is added last. */
export interface Outgoing {
  readonly method: ProxyMethod;
  readonly url: URL;
  readonly headers: Headers;
  /** The rule of the policy that allows the call. */
  readonly rule: ProxyRule;
  /** The path below the API's base in every reading that a server may give it. */
  readonly readings: readonly string[];
}

/**
 * Returns the call that is sent. The policy is decided on the very URL, method and headers that leave, after all
 * normalisation. @throws Problem when the policy does not allow the call, or it may be read in another way
 */
export function outgoingOf({ connection, policy }: Permitted, call: WrittenCall): Outgoing {
  const { connector, registration } = connection;
  const { transport, slashInNames, apiHeaders = [] } = connector;
  const { url, readings } = targetOf(registration.endpoints.api, { ...call, slashInNames });
  checkQuery(url.search, transport.in === 'query' ? transport.name : undefined);
  const allowed = new Set([...usualHeaders, ...apiHeaders, ...policy.proxyHeaders]);
  if (transport.in === 'header') allowed.delete(transport.name.toLowerCase());
  const headers = requestHeaders(call.headers, { allowed, inPart: policy.handout });
  const { method } = call;
  const rule = findProxyRule(policy.proxy, { method, readings });
  if (rule) return { method, url, headers, rule, readings };
  throw new Problem('connection_not_allowed', { detail: 'The policy of this app does not allow this call.' });
}

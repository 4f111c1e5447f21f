import { z } from 'zod';
import { type Outbound, OutboundError, type OutboundFailure } from '../../kit/outbound.ts';
import type { Connector } from '../contract.ts';
import type { Endpoints, Registration } from '../registration.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';

const published = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string().optional(),
  userinfo_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  jwks_uri: z.string().optional(),
});

const names: Readonly<Record<Exclude<keyof z.infer<typeof published>, 'issuer'>, keyof Endpoints>> = {
  authorization_endpoint: 'authorization',
  token_endpoint: 'token',
  userinfo_endpoint: 'userinfo',
  revocation_endpoint: 'revocation',
  jwks_uri: 'jwks',
};

/** The addresses in use against those that the provider publishes (OpenID Connect Discovery 1.0 section 4). */
export async function checkDiscovery(
  { family }: Connector,
  { issuer, endpoints }: Registration,
  outbound: Outbound,
): Promise<Finding> {
  if (family !== 'oidc') return notTried('discovery', 'This provider publishes no addresses.');
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const asked = await ask(outbound, url);
  if ('silent' in asked) return toFix('discovery', unreachable(url, asked.silent));
  const { data } = published.safeParse(asked.json);
  if (!data) return notTried('discovery', `Nothing usable is published at ${url}`);
  if (data.issuer !== issuer)
    return toFix('discovery', `The issuer is ${issuer} here, and ${data.issuer} as published.`);
  const other = Object.entries(names).flatMap(([member, name]) => {
    const theirs = data[member as keyof typeof names];
    const ours = endpoints[name];
    if (theirs === undefined || ours === undefined || theirs === ours) return [];
    return [`Endpoint ${name} is ${ours} here, and ${theirs} as published.`];
  });
  return other.length > 0 ? toFix('discovery', other.join(' ')) : ok('discovery', `As published at ${url}`);
}

const keySet = z.object({ keys: z.array(z.unknown()).min(1) });

export async function checkKeys(
  { family, signals }: Connector,
  { endpoints: { jwks } }: Registration,
  outbound: Outbound,
): Promise<readonly Finding[]> {
  if (jwks === undefined || (family !== 'oidc' && !signals)) return [];
  const asked = await ask(outbound, jwks);
  if ('silent' in asked) return [toFix('keys', unreachable(jwks, asked.silent))];
  const { data } = keySet.safeParse(asked.json);
  return [
    data ? ok('keys', `${data.keys.length} at ${jwks}`) : toFix('keys', `There are no keys at ${jwks}`),
  ];
}

type Asked = { readonly json: unknown } | { readonly silent: OutboundFailure };

async function ask(outbound: Outbound, url: string): Promise<Asked> {
  try {
    const answer = await outbound.fetch(url, { headers: { accept: 'application/json' } });
    const text = await answer.text();
    return { json: answer.ok ? (JSON.parse(text) as unknown) : undefined };
  } catch (error) {
    if (error instanceof OutboundError && error.failure !== 'redirected') return { silent: error.failure };
    return { json: undefined };
  }
}

/** What to do about a host that does not answer. */
export function unreachable(address: string, failure: string): string {
  const { host } = new URL(address);
  if (failure === 'insecure') return `${address} is not https: enter the https address.`;
  if (failure === 'refused-address')
    return `${host} has a private address: enter another endpoint, or add the host to ALLOWED_PRIVATE_HOSTS.`;
  return `${host} does not answer (${failure}): check the endpoint, DNS, and whether this machine may call out.`;
}

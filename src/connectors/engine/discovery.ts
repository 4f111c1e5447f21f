import { z } from 'zod';
import { type Outbound, OutboundError, type OutboundFailure } from '../../kit/outbound.ts';
import type { Endpoints } from '../contract/registration.ts';

const address = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .optional();

const published = z.object({
  issuer: z.string(),
  authorization_endpoint: address,
  token_endpoint: address,
  userinfo_endpoint: address,
  revocation_endpoint: address,
  jwks_uri: address,
  /** RFC 9207 section 3. */
  authorization_response_iss_parameter_supported: z.boolean().optional().catch(undefined),
  id_token_signing_alg_values_supported: z.array(z.string()).optional().catch(undefined),
});

/** A member that is null or empty says no more than one that is missing; some write out all that they know of. */
const metadata = z
  .record(z.string(), z.unknown())
  .transform((members) =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== '')),
  )
  .pipe(published);

export type Metadata = z.output<typeof metadata>;

export type Asked<T> = { readonly answer: T | undefined } | { readonly silent: OutboundFailure };

/** Where an issuer publishes what it is (OpenID Connect Discovery 1.0 section 4.1). */
export function metadataUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** What an issuer publishes; no answer where that is nothing of use. */
export async function askMetadata(outbound: Outbound, issuer: string): Promise<Asked<Metadata>> {
  const asked = await askJson(outbound, metadataUrl(issuer));
  return 'silent' in asked ? asked : { answer: metadata.safeParse(asked.answer).data };
}

export function publishedEndpoints(published: Metadata): Partial<Endpoints> {
  const { authorization_endpoint, token_endpoint, userinfo_endpoint, revocation_endpoint, jwks_uri } =
    published;
  return {
    ...(authorization_endpoint && { authorization: authorization_endpoint }),
    ...(token_endpoint && { token: token_endpoint }),
    ...(userinfo_endpoint && { userinfo: userinfo_endpoint }),
    ...(revocation_endpoint && { revocation: revocation_endpoint }),
    ...(jwks_uri && { jwks: jwks_uri }),
  };
}

export async function askJson(outbound: Outbound, url: string): Promise<Asked<unknown>> {
  try {
    const answer = await outbound.fetch(url, { headers: { accept: 'application/json' } });
    const text = await answer.text();
    return { answer: answer.ok ? (JSON.parse(text) as unknown) : undefined };
  } catch (error) {
    if (error instanceof OutboundError && error.failure !== 'redirected') return { silent: error.failure };
    return { answer: undefined };
  }
}

/** What to do about a host that does not answer. */
export function unreachable(at: string, failure: string): string {
  const { host } = new URL(at);
  if (failure === 'insecure') return `${at} is not https: enter the https address.`;
  if (failure === 'refused-address')
    return `${host} has a private address: enter another endpoint, or add the host to ALLOWED_PRIVATE_HOSTS.`;
  return `${host} does not answer (${failure}): check the endpoint, DNS, and whether this machine may call out.`;
}

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

/** The metadata that is read. Null and empty members, which some providers send, count as absent. */
const metadata = z
  .record(z.string(), z.unknown())
  .transform((members) =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== '')),
  )
  .pipe(published);

export type Metadata = z.output<typeof metadata>;

/** `silent`: no answer came. `answer` undefined: one came, and it is unusable. */
export type Asked<T> = { readonly answer: T | undefined } | { readonly silent: OutboundFailure };

/** Returns the address of an issuer's metadata (OpenID Connect Discovery 1.0 section 4.1). */
export function metadataUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** Fetches the metadata of an issuer. The answer is undefined if it is unusable. */
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

/** Returns the advice to the admin about a host that does not answer. */
export function unreachable(at: string, failure: string): string {
  const { host } = new URL(at);
  if (failure === 'insecure') return `${at} is not https: enter the https address.`;
  if (failure === 'refused-address')
    return `${host} has a private address: enter another endpoint, or add the host to ALLOWED_PRIVATE_HOSTS.`;
  return `${host} does not answer (${failure}): check the endpoint, DNS, and whether this machine may call out.`;
}

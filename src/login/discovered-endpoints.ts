import type { Connector } from '../connectors/contract/contract.ts';
import type { Options } from '../connectors/contract/options.ts';
import { missingEndpoints } from '../connectors/engine/connection-traits.ts';
import { askMetadata, metadataUrl, publishedEndpoints, unreachable } from '../connectors/engine/discovery.ts';
import type { Outbound } from '../kit/outbound.ts';
import { Problem } from '../kit/problem.ts';

type GivenEndpoints = Readonly<Record<string, string | undefined>>;

export interface Completed {
  readonly endpoints: Readonly<Record<string, string>>;
  /** The features that the provider's metadata states, as options of the connection. */
  readonly options: Options;
}

/**
 * Returns the endpoints of a connection, with missing ones read from the issuer's metadata now. They are
 * stored, not read again: an attacker who controls the metadata later must not be able to redirect the client
 * secret.
 * @throws Problem invalid_body naming the endpoints that only an admin can know
 */
export async function completeEndpoints(
  connector: Connector,
  given: GivenEndpoints,
  outbound: Outbound,
): Promise<Completed> {
  const { issuer } = given;
  const found =
    connector.discovers && issuer !== undefined && missingEndpoints(connector, given).length > 0
      ? await discovered(issuer, outbound)
      : { endpoints: {}, options: {} };
  const complete: Record<string, string> = { ...found.endpoints, ...withoutUndefined(given) };
  const missing = missingEndpoints(connector, complete);
  if (missing.length > 0)
    throw new Problem('invalid_body', {
      detail: `This provider needs endpoints: ${missing.join(', ')}.`,
      members: {
        errors: missing.map((name) => ({ path: `endpoints.${name}`, message: 'is needed by this provider' })),
      },
    });
  return { endpoints: complete, options: found.options };
}

async function discovered(issuer: string, outbound: Outbound): Promise<Completed> {
  const url = metadataUrl(issuer);
  const response = await askMetadata(outbound, issuer);
  if ('silent' in response) throw refused(unreachable(url, response.silent));
  const { answer: metadata } = response;
  if (!metadata)
    throw refused(
      `Nothing usable is published at ${url}: enter another issuer, or the endpoints one by one.`,
    );
  // OpenID Connect Discovery 1.0 section 4.3: the issuers must be identical, a trailing slash included.
  if (metadata.issuer !== issuer)
    throw refused(`The issuer is ${issuer} here, and ${metadata.issuer} as published.`);
  const endpoints = publishedEndpoints(metadata);
  const insecure = Object.entries(endpoints).filter(
    ([, address]) => issuer.startsWith('https:') && !address.startsWith('https:'),
  );
  if (insecure.length > 0)
    throw refused(`${issuer} publishes addresses that are not https: ${insecure.map(([name]) => name)}.`);
  return {
    // Metadata name no base of the API, so the issuer's address is taken.
    endpoints: { api: issuer.replace(/\/$/, ''), ...endpoints },
    // RFC 9207 section 3: a provider that announces `iss` sends it in every callback.
    options: metadata.authorization_response_iss_parameter_supported ? { callback_issuer: 'required' } : {},
  };
}

function refused(detail: string): Problem {
  return new Problem('invalid_body', { detail });
}

function withoutUndefined(record: GivenEndpoints): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

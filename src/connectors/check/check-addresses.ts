import { z } from 'zod';
import type { Outbound } from '../../kit/outbound.ts';
import type { Connector } from '../contract/contract.ts';
import { nativeAudiencesOf } from '../contract/options.ts';
import type { Endpoints, Registration } from '../contract/registration.ts';
import { askJson, askMetadata, metadataUrl, publishedEndpoints, unreachable } from '../engine/discovery.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';

/** Compares the addresses in use with the published ones (OpenID Connect Discovery 1.0 section 4). */
export async function checkDiscovery(
  { family, options, statesIssuer }: Connector,
  { issuer, endpoints }: Registration,
  outbound: Outbound,
): Promise<Finding> {
  if (family !== 'oidc') return notTried('discovery', 'This provider publishes no addresses.');
  const url = metadataUrl(issuer);
  const asked = await askMetadata(outbound, issuer);
  if ('silent' in asked) return toFix('discovery', unreachable(url, asked.silent));
  const { answer } = asked;
  if (!answer) return notTried('discovery', `Nothing usable is published at ${url}`);
  if (answer.issuer !== issuer)
    return toFix('discovery', `The issuer is ${issuer} here, and ${answer.issuer} as published.`);
  const other = Object.entries(publishedEndpoints(answer)).flatMap(([name, theirs]) => {
    const ours = endpoints[name as keyof Endpoints];
    if (ours === undefined || theirs === ours) return [];
    return [`Endpoint ${name} is ${ours} here, and ${theirs} as published.`];
  });
  if (answer.authorization_response_iss_parameter_supported && options?.callback_issuer && !statesIssuer)
    other.push(
      'It promises to name itself in each answer (RFC 9207): set option callback_issuer to required.',
    );
  return other.length > 0 ? toFix('discovery', other.join(' ')) : ok('discovery', `As published at ${url}`);
}

const keySet = z.object({ keys: z.array(z.unknown()).min(1) });

export async function checkKeys(
  { family, native }: Connector,
  { endpoints: { jwks }, options }: Registration,
  outbound: Outbound,
): Promise<readonly Finding[]> {
  // Outside OpenID Connect, keys are for ID tokens of the provider's SDK alone.
  const isUsed = native?.kinds.includes('id_token') && nativeAudiencesOf(options).length > 0;
  if (jwks === undefined || (family !== 'oidc' && !isUsed)) return [];
  const asked = await askJson(outbound, jwks);
  if ('silent' in asked) return [toFix('keys', unreachable(jwks, asked.silent))];
  const { data } = keySet.safeParse(asked.answer);
  return [
    data ? ok('keys', `${data.keys.length} at ${jwks}`) : toFix('keys', `There are no keys at ${jwks}`),
  ];
}

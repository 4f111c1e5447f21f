import type { Outbound } from '../../kit/outbound.ts';
import { OutboundError } from '../../kit/outbound.ts';
import type { Connector } from '../contract/contract.ts';
import { publishedKeyAlgorithms } from '../contract/id-token-algorithms.ts';
import type { Registration } from '../contract/registration.ts';
import { askMetadata, unreachable } from '../engine/discovery.ts';
import { type Finding, notTried, ok, toFix } from './finding.ts';

/** Compares the algorithms that are accepted for ID tokens with those that the provider publishes. */
export async function checkIdTokens(
  { family, idTokenAlgorithms: taken = publishedKeyAlgorithms, options }: Connector,
  { issuer }: Registration,
  outbound: Outbound,
): Promise<readonly Finding[]> {
  if (family !== 'oidc') return [];
  const asked = await askMetadata(outbound, issuer);
  const signed = 'answer' in asked ? asked.answer?.id_token_signing_alg_values_supported : undefined;
  if (!signed) {
    const detail = 'The provider does not publish what it signs with: only a sign-in shows it.';
    return [notTried('id-token', detail)];
  }
  const fitting = signed.filter((algorithm) => taken.includes(algorithm));
  if (fitting.length > 0) return [ok('id-token', `Signed by ${fitting.join(', ')}, as published.`)];
  const detail = `The provider publishes that it signs by ${signed.join(', ') || 'nothing'}, and ${taken.join(', ')} is taken here.`;
  // A provider's own connector accepts the algorithms seen in sign-ins: LINE signs otherwise than it publishes.
  if (!options?.id_token_algorithm) return [notTried('id-token', detail)];
  return [toFix('id-token', `${detail} Set option id_token_algorithm.`)];
}

/** Requests userinfo without a token, to see whether the endpoint exists. */
export async function checkUserinfo(
  { family }: Connector,
  { endpoints: { userinfo } }: Registration,
  outbound: Outbound,
): Promise<readonly Finding[]> {
  if (family !== 'oidc' || userinfo === undefined) return [];
  try {
    const { status } = await outbound.fetch(userinfo, { headers: { accept: 'application/json' } });
    const detail = `${userinfo} answers ${status} without a token. Only a sign-in shows its claims about a person, and goes on without it where the ID token says who it is.`;
    return [notTried('userinfo', detail)];
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    if (error.failure === 'redirected' || error.failure === 'too-large')
      return [notTried('userinfo', `${userinfo} answers nothing of use without a token.`)];
    return [toFix('userinfo', unreachable(userinfo, error.failure))];
  }
}

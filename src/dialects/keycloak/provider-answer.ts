import type { Clock } from '../../kit/clock.ts';
import type { TokenAnswer } from '../../retrieval/answers.ts';

/**
 * Returns a provider's token in the form in which Keycloak passes it on: the provider's answer with its own
 * further fields, which here are the parameters of its API. The refresh token stays in the vault.
 */
export function providerAnswer(answer: TokenAnswer, clock: Clock): Record<string, string | number> {
  const { access_token, token_type, scope, expires_in, parameters } = answer;
  const ends = expires_in !== null && {
    expires_in,
    accessTokenExpiration: Math.floor(clock.now().getTime() / 1000) + expires_in,
  };
  return { ...parameters, access_token, token_type, scope, ...ends };
}

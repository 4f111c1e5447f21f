import type { Clock } from '../../kit/clock.ts';
import type { TokenAnswer } from '../../retrieval/answers.ts';

/**
 * A provider's token as Keycloak hands it on: what the provider answered, with its own further fields, here those its
 * API wants beside the token. The refresh token stays in the vault.
 */
export function providerAnswer(answer: TokenAnswer, clock: Clock): Record<string, string | number> {
  const { access_token, token_type, scope, expires_in, parameters } = answer;
  const ends = expires_in !== null && {
    expires_in,
    accessTokenExpiration: Math.floor(clock.now().getTime() / 1000) + expires_in,
  };
  return { ...parameters, access_token, token_type, scope, ...ends };
}

import type { Conformance, Room } from '../conformance.ts';
import type { RogueAnswer } from '../rogue.ts';

/** A whole sign-in as the rogue answers it, with this profile; OpenID providers sign who it is. */
export async function rogueAnswers(
  { rogue: facts }: Conformance,
  room: Room,
  profile: RogueAnswer,
): Promise<Record<string, RogueAnswer>> {
  const { rogue, connector, registration } = room();
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: rogue.url, aud: registration.clientId, nonce: 'n', iat: now, exp: now + 600 };
  const sub = String(facts.profile.sub ?? facts.profile[facts.subject]);
  const signed = connector.family === 'oidc' && { id_token: await rogue.sign({ ...claims, sub }) };
  const { showing } = facts;
  return {
    '/token': { ...facts.tokens, ...signed },
    ...(showing && { [showing.path]: showing.profile }),
    ...facts.more,
    [facts.path]: profile,
  };
}

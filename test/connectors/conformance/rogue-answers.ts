import type { Conformance, RogueSignIn, Room } from '../conformance.ts';
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
    ...(showing && { [showing.path]: asShown(showing, {}) }),
    ...facts.more,
    [facts.path]: profile,
  };
}

/** What is for show, with these texts in it. */
export function asShown({ profile, wrap }: NonNullable<RogueSignIn['showing']>, texts: object): object {
  const shown = { ...profile, ...texts };
  return wrap ? wrap(shown) : shown;
}

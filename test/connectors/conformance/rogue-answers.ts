import { signHmac } from '../../../src/lab/core/keys.ts';
import type { Conformance, RogueSignIn, Room } from '../conformance.ts';
import type { RogueAnswer } from '../rogue.ts';

/** The rogue's answers of a complete sign-in with this profile; OpenID providers sign the identity. */
export async function rogueAnswers(
  { rogue: facts }: Conformance,
  room: Room,
  profile: RogueAnswer,
): Promise<Record<string, RogueAnswer>> {
  const { rogue, connector, registration } = room();
  const now = Math.floor(Date.now() / 1000);
  const standing = { iss: rogue.url, aud: registration.clientId, nonce: 'n', iat: now, exp: now + 600 };
  if (facts.from === 'id-token') {
    const id_token = await rogue.signText(claiming(standing, profile));
    return { '/token': { ...facts.tokens, id_token }, ...facts.more };
  }
  const claims = { ...standing, sub: String(facts.profile.sub ?? facts.profile[facts.subject]) };
  const symmetric = connector.idTokenAlgorithms?.some((algorithm) => algorithm.startsWith('HS'));
  const secret = symmetric ? registration.clientSecret?.reveal() : undefined;
  const signed = connector.family === 'oidc' && {
    id_token: await (secret ? signHmac(claims, secret) : rogue.sign(claims)),
  };
  const { showing, envelope } = facts;
  const tokens = { ...facts.tokens, ...signed };
  return {
    '/token': envelope ? envelope(JSON.stringify(tokens), 'tokens') : tokens,
    ...(showing && { [showing.path]: asShown(showing, {}) }),
    ...facts.more,
    [facts.path]: profile,
  };
}

/** Whether the rogue's ID token identifies the person before the profile is fetched. */
export function isSettled({ rogue: { from, subjectElsewhere } }: Conformance, room: Room): boolean {
  return room().connector.family === 'oidc' && from === undefined && !subjectElsewhere;
}

/** Returns the subject of the rogue's person. */
export function knownTo({ rogue: { profile, subject, is = (id: string) => id } }: Conformance): string {
  return is(String(profile[subject]));
}

/** Returns the claims of an ID token with the profile's members, which need not be JSON. */
function claiming(standing: object, profile: RogueAnswer): string {
  const text = typeof profile === 'string' ? profile : JSON.stringify(profile);
  if (!/^\{\s*"/.test(text)) return text;
  return `${JSON.stringify(standing).slice(0, -1)},${text.slice(1)}`;
}

/** Returns the display members, with these texts in them. */
export function asShown({ profile, wrap }: NonNullable<RogueSignIn['showing']>, texts: object): object {
  const shown = { ...profile, ...texts };
  return wrap ? wrap(shown) : shown;
}

import { describe, expect, it } from 'vitest';
import type { UpstreamAccount } from '../../../src/connectors/contract/upstream-sign-in.ts';
import type { Conformance, Room } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { finish } from '../provider-world.ts';
import { endless, type RogueAnswer } from '../rogue.ts';
import { asShown, isSettled, knownTo, rogueAnswers } from './rogue-answers.ts';

const notSubjects: readonly unknown[] = [
  undefined,
  null,
  '',
  {},
  [],
  true,
  ['1'],
  'a\0b',
  '\ud800',
  '1'.repeat(300),
];
const notTexts: readonly unknown[] = [null, 7, true, {}, [], '', ['x'], 'a\0b', '\ud800', 'x'.repeat(20_000)];

/** Any content of a profile ends in a clean failure or in harmless text. */
export function hostileProfiles(facts: Conformance, room: Room): void {
  const {
    from,
    envelope,
    path,
    profile,
    subject,
    number,
    shown,
    wrap,
    showing,
    is = (id: string) => id,
  } = facts.rogue;
  const known = knownTo(facts);
  const answering = async (answer: RogueAnswer, more?: object): Promise<UpstreamAccount> => {
    const { rogue, misled, connector } = room();
    rogue.says({ ...(await rogueAnswers(facts, room, answer)), ...more });
    const nonce = connector.family === 'oidc' ? 'n' : undefined;
    const verifier = connector.pkce === 'unsupported' ? undefined : 'v'.repeat(43);
    const { callback = {} } = facts.rogue;
    return (await finish(misled, { code: 'c', iss: undefined, verifier, nonce, callback })).account;
  };
  /** Wraps the profile, given as JSON text, as the provider does. */
  const wrapped = (text: string) => {
    const inside = wrap ? JSON.stringify(wrap('here')).replace('"here"', () => text) : text;
    return envelope ? envelope(inside, 'profile') : inside;
  };
  const holding = (person: unknown, more?: object) => answering(wrapped(JSON.stringify(person)), more);
  const refuses = (answer: RogueAnswer) =>
    failureOf(answering(answer), Object.values(facts.rogue.tokens).map(String));
  /** An invalid profile is dropped. The sign-in fails if the person is identified nowhere else. */
  const isNonsense = async (answer: RogueAnswer, error: object) => {
    if (isSettled(facts, room)) expect((await answering(answer)).subject).toBe(known);
    else expect(await refuses(answer)).toMatchObject(error);
  };

  describe('a profile', () => {
    it('as documented is accepted', async () => {
      expect((await holding(profile)).subject).toBe(known);
    });

    it.each(notSubjects.map((value) => [JSON.stringify(value)?.slice(0, 40), value]))(
      'whose subject is %s signs no one in',
      async (_shown, value) => {
        const error = await refuses(wrapped(JSON.stringify({ ...profile, [subject]: value })));
        expect(error.failure.kind).toBe('unknown');
        // An ID token without a subject is refused before the connector reads it.
        expect(from === 'id-token' ? ['exchange', 'profile'] : ['profile']).toContain(error.step);
      },
    );

    it.each(notTexts.map((value) => [JSON.stringify(value)?.slice(0, 40), value]))(
      'with %s for every text does not fail the sign-in',
      async (_shown, value) => {
        const texts = Object.fromEntries(shown.map((name) => [name, value]));
        const {
          subject: same,
          name,
          picture,
        } = await (showing
          ? holding(profile, { [showing.path]: asShown(showing, texts) })
          : holding({ ...profile, ...texts }));
        expect(same).toBe(known);
        for (const text of [name, picture]) expect(['string', 'undefined']).toContain(typeof text);
      },
    );

    it('with __proto__ and constructor in it changes no prototype', async () => {
      const hostile = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${JSON.stringify(profile).slice(1)}`;
      expect((await answering(wrapped(hostile))).subject).toBe(known);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
      await refuses(wrapped(`{"__proto__":${JSON.stringify(profile)}}`));
    });

    if (from === undefined)
      it('of 50 MB is not read to its end', async () => {
        // These providers identify the person in the token answer itself.
        const step = path === '/token' ? 'exchange' : 'profile';
        const answer: RogueAnswer = (_request, response) => endless(response);
        await isNonsense(answer, { step, code: 'too-large' });
      });

    it.each([
      ['nested 100 000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
      ['objects nested as deep', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`],
      ['a list', '[1,2]'],
      ['a number', '42'],
      ['null', 'null'],
      ['a page', '<!doctype html><p>hello'],
      ['nothing', ''],
    ])('that is %s is invalid', async (_what, answer) => {
      await isNonsense(answer, { failure: { kind: 'unknown' } });
    });

    if (number !== undefined)
      it('keeps a number as its digits, however long', async () => {
        const raw = (digits: string) => wrapped(JSON.stringify(profile).replace(String(number), digits));
        for (const digits of ['9007199254740993', '18446744073709551615', '1'])
          expect((await answering(raw(digits))).subject).toBe(is(digits));
        for (const digits of ['1.5', '-1', '1e400', '0', '0123', 'NaN', '1e21']) await refuses(raw(digits));
      });
  });
}

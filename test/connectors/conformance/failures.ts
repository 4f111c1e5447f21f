import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/connectors/contract/failures.ts';
import { Secret } from '../../../src/kit/secret.ts';
import type { Conformance, Room, Words } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { finish } from '../provider-world.ts';
import { isSettled, knownTo, rogueAnswers } from './rogue-answers.ts';

/** The failures of every provider: broken answers, errors with status 200, a broken network. */
const troubles: readonly (readonly [fault: string, kind: Failure['kind']])[] = [
  ['500', 'unavailable'],
  ['503', 'unavailable'],
  ['429', 'rate-limited'],
  ['timeout', 'unavailable'],
  ['reset', 'unavailable'],
  ['gzip_garbage', 'unavailable'],
  ['html', 'unknown'],
  ['empty', 'unknown'],
  ['truncated', 'unknown'],
  ['huge', 'unknown'],
  ['redirect', 'unknown'],
];

export function failures(facts: Conformance, room: Room): void {
  describe('a failure', () => {
    it.each(troubles)('by %s at the token endpoint is %s', async (fault, kind) => {
      await room().fault('token', fault);
      const error = await failureOf(room().arrive('lin'), room().minted());
      expect(error).toMatchObject({ step: 'exchange', failure: { kind } });
    });

    const { from, path, showing } = facts.rogue;
    const oneAnswer = from === 'id-token' || (path === '/token' && !showing);
    if (!oneAnswer)
      it.each(troubles)(
        'by %s of the profile is %s, unless an ID token says who it is',
        async (fault, kind) => {
          await room().fault('profile', fault);
          if (room().connector.family === 'oidc') {
            const { account } = await room().arrive('lin');
            expect(account.subject).toEqual(facts.account.subject);
            return;
          }
          const error = await failureOf(room().arrive('lin'), room().minted());
          expect(error).toMatchObject({ step: 'profile', failure: { kind } });
        },
      );

    if (facts.renewal)
      it('by an answer without a token completes no sign-in', async () => {
        await room().fault('token', 'omit_access_token');
        const error = await failureOf(room().arrive('lin'), room().minted());
        expect(error.failure.kind).toBe('unknown');
      });

    it('by a wrong client secret is a misconfiguration', async () => {
      if (room().connector.clientAuthentication === 'none') return;
      const wrong = room().withSecret('not-the-secret');
      const run = await room().approved('lin', wrong);
      const error = await failureOf(finish(wrong, run), room().minted());
      expect(error.failure.kind).toBe('misconfigured');
    });

    it.each(facts.words)('$step: $status $body is $becomes.kind', async (words) => {
      if (words.step === 'profile' && isSettled(facts, room)) {
        expect(await hearing(facts, room, words)).toMatchObject({ account: { subject: knownTo(facts) } });
        return;
      }
      const error = await failureOf(hearing(facts, room, words), Object.values(heard));
      expect(error).toMatchObject({ step: words.step, failure: words.becomes });
    });
  });
}

const heard = { access: 'rogue-access-token', refresh: 'rogue-refresh-token', code: 'rogue-code' };

/** The call that the provider answers with this error. */
async function hearing(facts: Conformance, room: Room, { step, status, body, headers }: Words) {
  const { rogue, misled, connector } = room();
  const says = (_request: unknown, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  if (step === 'refresh') {
    rogue.says({ '/token': says, '/refresh': says });
    const tokens = { accessToken: new Secret(heard.access), refreshToken: new Secret(heard.refresh) };
    return await misled.refresh(tokens);
  }
  const answers = await rogueAnswers(facts, room, facts.rogue.profile);
  const { path, showing, more } = facts.rogue;
  const profile = path === '/token' ? (showing?.path ?? path) : path;
  rogue.says(step === 'exchange' ? { ...more, '/token': says } : { ...answers, [profile]: says });
  const nonce = connector.family === 'oidc' ? 'n' : undefined;
  const verifier = connector.pkce === 'unsupported' ? undefined : 'v'.repeat(43);
  const { callback = {} } = facts.rogue;
  return await finish(misled, { code: heard.code, iss: undefined, verifier, nonce, callback });
}

import { describe, expect, it } from 'vitest';
import type { Asked, Conformance, Room } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { finish, type LogEntry } from '../provider-world.ts';

export function codeExchange({ exchange, granted, narrowed, account }: Conformance, room: Room): void {
  describe('the code exchange', () => {
    it('sends the documented request, and returns tokens and the account', async () => {
      const arrived = await room().arrive('lin');
      const log = await room().log();
      expectAsked(
        log.find(({ kind }) => kind === 'token'),
        exchange,
      );
      expect(arrived.tokens.scopes).toEqual(granted);
      expect(arrived.account).toEqual(account);
      expect(room().minted()).toContain(arrived.tokens.accessToken.reveal());
    });

    it('of a hostile profile returns harmless text and no verified address', async () => {
      const { account: mallory } = await room().arrive('mallory');
      expect(mallory.subject).toMatch(/^[\w{}:.|=-]+$/);
      expect(mallory.emailVerified).toBe(false);
    });

    it('shows neither token nor secret when its result is printed', async () => {
      const arrived = await room().arrive('lin');
      const { extra, ...printable } = arrived.tokens;
      const printed = JSON.stringify([printable, room().registration, arrived.account]);
      const told = room()
        .minted()
        .filter((secret) => printed.includes(secret));
      expect(told).toEqual([]);
      expect(JSON.stringify(extra)).not.toContain(arrived.tokens.accessToken.reveal());
    });

    it('of a used or an unknown code reports so', async () => {
      const run = await room().approved('lin');
      await finish(room().upstream, run);
      const again = await failureOf(finish(room().upstream, run), room().minted());
      expect(again).toMatchObject({ step: 'exchange', failure: { kind: 'code-spent' } });
      const made = { ...run, code: 'made-up' };
      const invented = await failureOf(finish(room().upstream, made), room().minted());
      expect(invented.failure.kind).toBe('code-spent');
    });

    it('of another person’s code fails, if the provider binds codes', async () => {
      const { connector, approved, upstream, minted } = room();
      if (connector.pkce === 'unsupported' && connector.family === 'oauth2') return;
      const victim = await approved('lin');
      const attacker = await approved('ada');
      await failureOf(finish(upstream, { ...attacker, code: victim.code }), minted());
    });

    if (narrowed)
      it('states that fewer scopes were granted than requested', async () => {
        await room().fault('token', 'narrow_scope');
        const { tokens } = await room().arrive('lin');
        expect(tokens.scopes).toEqual(narrowed);
      });
  });
}

export function expectAsked(entry: LogEntry | undefined, { method, path, params }: Asked): void {
  expect(entry?.method).toBe(method);
  expect(entry?.path.split('?')[0]).toBe(path);
  expect([...(entry?.params ?? [])].sort()).toEqual([...params].sort());
}

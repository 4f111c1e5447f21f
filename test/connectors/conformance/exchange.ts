import { describe, expect, it } from 'vitest';
import type { Asked, Conformance, Room } from '../conformance.ts';
import { failureOf } from '../failure-of.ts';
import { finish, type LogEntry } from '../provider-world.ts';

export function codeExchange({ exchange, granted, narrowed, account }: Conformance, room: Room): void {
  describe('the code exchange', () => {
    it('asks as the provider is asked, and brings tokens and the account', async () => {
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

    it('of mallory brings harmless text and no claim that the address is hers', async () => {
      const { account: mallory } = await room().arrive('mallory');
      expect(mallory.subject).toMatch(/^[\w{}:.|=-]+$/);
      expect(mallory.emailVerified).toBe(false);
    });

    it('shows neither token nor secret when it is printed', async () => {
      const arrived = await room().arrive('lin');
      const { extra, ...printable } = arrived.tokens;
      const printed = JSON.stringify([printable, room().registration, arrived.account]);
      const told = room()
        .minted()
        .filter((secret) => printed.includes(secret));
      expect(told).toEqual([]);
      expect(JSON.stringify(extra)).not.toContain(arrived.tokens.accessToken.reveal());
    });

    it('of a code that was spent says so, and so does one with a code of nobody', async () => {
      const run = await room().approved('lin');
      await finish(room().upstream, run);
      const again = await failureOf(finish(room().upstream, run), room().minted());
      expect(again).toMatchObject({ step: 'exchange', failure: { kind: 'code-spent' } });
      const made = { ...run, code: 'made-up' };
      const invented = await failureOf(finish(room().upstream, made), room().minted());
      expect(invented.failure.kind).toBe('code-spent');
    });

    it('of somebody else’s code fails, where the provider binds codes', async () => {
      const { connector, approved, upstream, minted } = room();
      if (connector.pkce === 'unsupported' && connector.family === 'oauth2') return;
      const victim = await approved('lin');
      const attacker = await approved('ada');
      await failureOf(finish(upstream, { ...attacker, code: victim.code }), minted());
    });

    if (narrowed)
      it('tells that fewer scopes were granted than asked for', async () => {
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

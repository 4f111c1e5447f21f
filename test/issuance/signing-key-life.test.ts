import { decodeProtectedHeader, type JWK } from 'jose';
import { expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { registerApp } from './support/relying-app.ts';
import { openRoom } from './support/room.ts';

// A signing key is published long before it signs, and stays published long after.

it('keys change every 90 days automatically, and no API with a cached set meets an unpublished one', async () => {
  const room = await openRoom();
  const app = await registerApp(room);
  const published = async () => {
    const { keys } = (await (await fetch(`${room.issuer}/.well-known/jwks.json`)).json()) as { keys: JWK[] };
    return keys.map(({ kid }) => kid);
  };
  const signer = async () => decodeProtectedHeader((await app.signIn()).tokens.access_token).kid;
  const [first, known] = [await signer(), await published()];

  room.clock.advance(days(89));
  expect(await room.issuance.rotateSigningKeyWhenDue()).toBe(false);
  expect(await signer()).toBe(first);
  room.clock.advance(days(2));
  expect(await room.issuance.rotateSigningKeyWhenDue()).toBe(true);
  const second = await signer();
  expect(second).not.toBe(first);
  expect(known).toContain(second);
  expect(await room.issuance.rotateSigningKeyWhenDue()).toBe(false);

  // The old key stays published for the longest lifetime of a token, and no longer.
  room.clock.advance(days(29));
  await room.issuance.prune(room.clock.now());
  expect(await published()).toContain(first);
  room.clock.advance(days(2));
  await room.issuance.prune(room.clock.now());
  await expect.poll(published).not.toContain(first);
  expect(await published()).toContain(second);
});

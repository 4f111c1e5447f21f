import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyring, UnreadableError } from '../../src/kit/keys/keyring.ts';
import { openColumn, sealColumn, withWrapped, wrappedIn } from '../../src/kit/keys/sealed-column.ts';

const old = { id: 'k1', key: randomBytes(32) };
const current = { id: 'k2', key: randomBytes(32) };

describe('a sealed value', () => {
  const keyring = createKeyring([current, old]);

  it('opens with its own context', () => {
    expect(keyring.open(keyring.seal('grüße 微信', 'row:1|token|1'), 'row:1|token|1')).toBe('grüße 微信');
  });

  it('differs each time it is sealed', () => {
    expect(keyring.seal('same', 'c').ciphertext).not.toEqual(keyring.seal('same', 'c').ciphertext);
  });

  it.each(['row:2|token|1', 'row:1|token|2', 'row:1|other|1'])('does not open as %s', (place) => {
    expect(() => keyring.open(keyring.seal('x', 'row:1|token|1'), place)).toThrow(UnreadableError);
  });

  it('does not open with a bit flipped, in text or wrapped key', () => {
    const sealed = keyring.seal('x', 'c');
    for (const field of ['ciphertext', 'wrappedKey'] as const) {
      for (let index = 0; index < sealed[field].length; index += 7) {
        const bytes = Buffer.from(sealed[field]);
        bytes[index] = (bytes[index] ?? 0) ^ 1;
        expect(() => keyring.open({ ...sealed, [field]: bytes }, 'c')).toThrow(UnreadableError);
      }
    }
  });

  it('does not open truncated or under an unknown key id', () => {
    const sealed = keyring.seal('x', 'c');
    expect(() => keyring.open({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, 20) }, 'c')).toThrow(
      UnreadableError,
    );
    expect(() => keyring.open({ ...sealed, ciphertext: new Uint8Array() }, 'c')).toThrow(UnreadableError);
    expect(() => keyring.open({ ...sealed, keyId: 'k9' }, 'c')).toThrow('no encryption key "k9"');
  });

  it('of an older key still opens, and new values use the current key', () => {
    const before = createKeyring([old]).seal('x', 'c');
    expect(keyring.open(before, 'c')).toBe('x');
    expect(keyring.seal('x', 'c').keyId).toBe('k2');
  });

  it('is re-sealed with the current key, its ciphertext unchanged, and opens with its own context only', () => {
    const before = createKeyring([old]).seal('x', 'c');
    const after = { ...before, ...keyring.rewrap(before, 'c') };
    expect(after.keyId).toBe('k2');
    expect(after.ciphertext).toBe(before.ciphertext);
    expect(createKeyring([current]).open(after, 'c')).toBe('x');
    expect(() => createKeyring([current]).open(after, 'd')).toThrow(UnreadableError);
    expect(() => keyring.rewrap(before, 'd')).toThrow(UnreadableError);
    expect(() => keyring.rewrap({ ...before, keyId: 'k9' }, 'c')).toThrow('no encryption key "k9"');
  });

  it('is re-sealed with the current key in its column', () => {
    const column = sealColumn(createKeyring([old]), 'secret', 'c');
    expect(wrappedIn(column).keyId).toBe('k1');
    const moved = withWrapped(column, keyring.rewrap(wrappedIn(column), 'c'));
    expect(openColumn(createKeyring([current]), moved, 'c')).toBe('secret');
    expect(moved.subarray(-30)).toEqual(column.subarray(-30));
  });

  it('is stored in one column and read back', () => {
    const column = sealColumn(keyring, 'secret', 'c');
    expect(openColumn(keyring, column, 'c')).toBe('secret');
    expect(() => openColumn(keyring, column.subarray(3), 'c')).toThrow(UnreadableError);
  });
});

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkAdminToken, estimatedBits } from '../../src/config/admin-token.ts';
import { readConfig } from '../../src/config.ts';

const production = { production: true };

describe('ADMIN_API_TOKEN', () => {
  it.each([
    ['16 bytes in hex', () => randomBytes(16).toString('hex')],
    ['24 bytes in hex', () => randomBytes(24).toString('hex')],
    ['24 bytes in hex after a word', () => `bars-${randomBytes(24).toString('hex')}`],
    ['24 bytes in base64url', () => randomBytes(24).toString('base64url')],
    ['32 bytes in base64', () => randomBytes(32).toString('base64')],
  ])('may be %s', (_name, make) => {
    for (let times = 0; times < 500; times += 1) expect(checkAdminToken(make(), production)).toEqual({});
  });

  it.each([
    'a'.repeat(32),
    'ab'.repeat(16),
    'change-me-'.repeat(4),
    '0123456789abcdef0123456789abcdef',
    'abcdefghijklmnopqrstuvwxyz012345',
    '12345678901234567890123456789012',
    'passwordpasswordpasswordpassword',
  ])('is refused in production where it can be guessed: %s', (weak) => {
    expect(estimatedBits(weak)).toBeLessThan(80);
    expect(checkAdminToken(weak, production).fault).toContain('ADMIN_API_TOKEN: can be guessed');
    expect(checkAdminToken(weak, { production: false })).toEqual({ warning: expect.any(String) });
  });

  it('is refused everywhere where no bearer token can match it', () => {
    const good = randomBytes(24).toString('hex');
    for (const odd of [`${good}!`, `${good} x`, `${good}\n`, `=${good}`, `${good}é`, `"${good}"`]) {
      expect(() => readConfig({ ADMIN_API_TOKEN: odd })).toThrow('no bearer token can have');
    }
    expect(readConfig({ ADMIN_API_TOKEN: good }).adminApiToken?.equals(good)).toBe(true);
    expect(readConfig({ ADMIN_API_TOKEN: 'a'.repeat(32) }).warnings).toHaveLength(1);
  });
});

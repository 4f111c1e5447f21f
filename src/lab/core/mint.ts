import { createHash, randomInt } from 'node:crypto';

export const alphabets = {
  hex: '0123456789abcdef',
  digits: '0123456789',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
};

/** Returns a random string; 22 characters have 128 bits. */
export function random(length: number, alphabet = alphabets.letters): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** Returns the same string for the same seed, since subjects and client secrets must survive restarts. */
export function derived(seed: string, length: number, alphabet = alphabets.base64url): string {
  const bytes = [0, 1, 2].flatMap((round) => [...createHash('sha512').update(`${round} ${seed}`).digest()]);
  return Array.from({ length }, (_, index) => alphabet[(bytes[index] ?? 0) % alphabet.length]).join('');
}

/** Returns the same UUID for the same seed. */
export function derivedUuid(seed: string): string {
  return derived(seed, 32, alphabets.hex).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

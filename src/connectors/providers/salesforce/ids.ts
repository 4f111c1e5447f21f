import type { Json } from '../../../kit/exact-json.ts';

// An id has 15 characters, in which case counts, or 18: the last three tell the case of the others. Both are one record.

const long = /^[0-9A-Za-z]{18}$/;
const short = /^[0-9A-Za-z]{15}$/;
const checks = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** Returns an id in its spelling of 15 characters, and anything else as it is. */
export function shortId(id: Json | undefined): Json | undefined {
  return typeof id === 'string' && long.test(id) ? id.slice(0, 15) : id;
}

/** Returns an id in the long spelling if another id of the same answer has it: a sign-in has both in one spelling. */
export function spelledLike(other: Json, id: Json): Json {
  if (typeof other !== 'string' || !long.test(other)) return id;
  return typeof id === 'string' && short.test(id) ? id + checkOf(id) : id;
}

/** Returns a character for each five: a bit for each capital letter, the first one lowest. */
function checkOf(id: string): string {
  const fives = [id.slice(0, 5), id.slice(5, 10), id.slice(10)];
  const bits = (five: string) =>
    Array.from(five, (letter, index) => (/[A-Z]/.test(letter) ? 2 ** index : 0)).reduce((a, b) => a + b, 0);
  return fives.map((five) => checks[bits(five)]).join('');
}

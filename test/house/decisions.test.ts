import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const read = (file: string) => readFileSync(file, 'utf8');
const files = globSync('docs/decisions/*.md').sort();
const names = files.map((file) => path.basename(file, '.md'));
/** `013` or `013a`: a letter where two decisions had one number, said in the head of the second. */
const numberOf = (name: string) => /^\d{3}[a-z]?(?=-)/.exec(name)?.[0] ?? name;
const numbers = names.map(numberOf);

it('each number is given once, and none is left out', () => {
  expect(new Set(numbers).size).toBe(numbers.length);
  const plain = numbers.filter((number) => /^\d+$/.test(number));
  expect(plain).toEqual(plain.map((_, index) => String(index + 1).padStart(3, '0')));
  for (const lettered of numbers.filter((number) => !plain.includes(number)))
    expect(plain, lettered).toContain(lettered.slice(0, 3));
});

describe.each(files)('%s', (file) => {
  const text = read(file);

  it('has its number and a title, and below them a date and a status', () => {
    const number = numberOf(path.basename(file));
    const [title = '', , date = ''] = text.split('\n');
    expect(title).toMatch(new RegExp(`^# ${number} [A-Z\`]`));
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2} · accepted/);
    if (number.length > 3) expect(date).toMatch(/ · numbered \d{3} until \d{4}-\d{2}-\d{2}$/);
  });
});

it('each reference leads to a decision', () => {
  const places = ['README.md', ...globSync('{docs,src,test,bench,catalogue,prisma}/**/*.{md,ts,mjs}')];
  const texts = places
    .filter((place) => !place.startsWith('src/generated'))
    .map((place) => ({ place, text: read(place) }));
  const lost = texts.flatMap(({ place, text }) => [
    ...[...text.matchAll(/decisions\/(\d{3}[a-z]?-[a-z0-9-]+)/g)]
      .filter(([, name = '']) => !names.includes(name))
      .map(([reference]) => `${place}: ${reference}`),
    ...[...text.matchAll(/\bdecision (\d{3}[a-z]?)\b/g)]
      .filter(([, number = '']) => !numbers.includes(number))
      .map(([reference]) => `${place}: ${reference}`),
  ]);
  expect(lost).toEqual([]);
});

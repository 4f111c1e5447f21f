import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { products } from '../../src/imports/products.ts';
import { reasons } from '../../src/imports/reasons.ts';

const page = readFileSync('docs/importing.md', 'utf8');
const [, afterTitle = ''] = page.split('\n## Reasons in the report\n');
const [section = ''] = afterTitle.split('\n## ');

it('docs/importing.md explains each reason of a report', () => {
  expect(Object.keys(reasons).filter((reason) => !section.includes(`\`${reason}\``))).toEqual([]);
});

it('the help of the command and the page name each option', () => {
  const command = readFileSync('src/cli/import.ts', 'utf8');
  const options = [...command.matchAll(/'(--[a-z-]+)/g)].map(([, option = '']) => option);
  expect(options.length).toBeGreaterThan(8);
  expect(options.filter((option) => !page.includes(`| \`${option}`))).toEqual([]);
});

it('each product has an export recipe and a row that says what was tried', () => {
  const [, tried = ''] = page.split('\n## Tried with\n');
  const name = (text: string) => text.toLowerCase().replace(/[^a-z\d]/g, '');
  const recipes = [...page.matchAll(/^### (.*)$/gm)].map(([, title = '']) => name(title));
  const rows = [...tried.matchAll(/^\| (\S[^|]*?) +\|/gm)].map(([, first = '']) => name(first));
  const asked = Object.keys(products).map(name);
  expect(asked.filter((one) => !rows.includes(one))).toEqual([]);
  expect(asked.filter((one) => one !== 'json' && !recipes.some((recipe) => recipe.startsWith(one)))).toEqual(
    [],
  );
});

it('each link on the page to a place on it leads there', () => {
  const titles = [...page.matchAll(/^#{2,3} (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^a-z\d -]/g, '')
      .replaceAll(' ', '-'),
  );
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((anchor) => !titles.includes(anchor))).toEqual([]);
});

import { readFileSync, writeFileSync } from 'node:fs';
import { withCases } from './page.ts';

// `npm run security-page`: writes the tables of docs/security.md from the cases in this folder.

const page = 'docs/security.md';
const written = withCases(readFileSync(page, 'utf8'));
if (written === undefined) throw new Error(`${page} lacks the two marks between which the cases stand`);
writeFileSync(page, written);

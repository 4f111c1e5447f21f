import { afterAll } from 'vitest';
import { end } from './at-end.ts';

afterAll(end, 60_000);

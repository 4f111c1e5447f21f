import { Refusal } from '../core/refusal.ts';
import type { Call } from '../core/wire.ts';

/** Refuses all bodies but forms. @throws Refusal */
export function requireForm({ contentType }: Call): void {
  if (contentType !== 'application/x-www-form-urlencoded') throw new Refusal('request', 'not a form');
}

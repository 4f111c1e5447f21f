import type { Stage } from './stage.ts';

/** Returns whether the token is believed. */
export async function usesToken(stage: Stage, token: string): Promise<boolean> {
  return (await stage.call('GET', '/v1/me', token)).status === 200;
}

import type { Person } from './person.ts';
import { lateHeader } from './rough-line.ts';
import type { Tally } from './tally.ts';

export type Answer =
  | { readonly kind: 'token'; readonly token: string; readonly late: boolean }
  | { readonly kind: 'dead'; readonly reason: string; readonly since: Date }
  /** The broker no longer accepts the app's own token. */
  | { readonly kind: 'signed out' }
  /** Milliseconds. */
  | { readonly kind: 'later'; readonly wait: number };

/** Retrieves one person's token for an app from one broker. */
export async function retrieve(person: Person, broker: string, tally: Tally): Promise<Answer> {
  const url = `${broker}/v1/me/identities/${person.identityId}/token?min_ttl=30`;
  const headers = { authorization: `Bearer ${person.tokens.accessToken}` };
  let response: Response;
  let body: Record<string, unknown>;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    tally.add('answer: none, the broker went away');
    return { kind: 'later', wait: 50 };
  }
  const { status } = response;
  tally.add(`answer: ${status} ${status === 200 ? '' : String(body.code)}`.trim());
  if (status === 200)
    return { kind: 'token', token: String(body.access_token), late: response.headers.has(lateHeader) };
  if (status === 409) {
    return { kind: 'dead', reason: String(body.reason), since: new Date(String(body.since)) };
  }
  if (status === 401) return { kind: 'signed out' };
  if (status !== 503 && status !== 502)
    tally.evidence('!unforeseen answers', `${status} ${JSON.stringify(body)}`);
  return { kind: 'later', wait: 1000 * Number(response.headers.get('retry-after') ?? 0.2) };
}

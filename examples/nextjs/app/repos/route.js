import { providerRequest } from '@symbolon/client';
import { readSession, redirectTo } from '../../lib/session.js';
import { callback, symbolon, wayOut } from '../../lib/symbolon.js';

// GitHub's API with GitHub's token, which the broker keeps fresh.
export async function GET(request) {
  const { accessToken } = await readSession(request);
  if (!accessToken) return redirectTo(new URL('/login', callback).href);
  try {
    const token = await symbolon().as(accessToken).token('github', { minTtl: 300 });
    const answer = await fetch(
      providerRequest(token, '/user', { headers: { 'user-agent': 'Symbolon-Example' } }),
    );
    return Response.json(await answer.json(), { status: answer.status });
  } catch (error) {
    return wayOut(error);
  }
}

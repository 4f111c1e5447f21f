import { readSession } from '../lib/session.js';

export async function GET(request) {
  const { accessToken } = await readSession(request);
  const link = accessToken ? '<a href="/repos">Who am I at GitHub?</a>' : '<a href="/login">Sign in</a>';
  const html = `<!doctype html><title>Example</title><p>${link}`;
  return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}

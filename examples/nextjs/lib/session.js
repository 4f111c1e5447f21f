import { createHash } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';

// The session is an encrypted cookie, so that any process can answer any request.

const { SESSION_SECRET = '', BASE_URL = '' } = process.env;
const name = 'session';

function key() {
  if (SESSION_SECRET.length < 32) throw new Error('SESSION_SECRET: set it to 32 characters or more');
  return createHash('sha256').update(SESSION_SECRET).digest();
}

/** What `request` carries; an empty session where that is nothing of ours. */
export async function readSession(request) {
  const cookies = request.headers.get('cookie') ?? '';
  const value = new RegExp(`(?:^|; ?)${name}=([^;]+)`).exec(cookies)?.[1];
  if (!value) return {};
  const opened = await jwtDecrypt(value, key(), { contentEncryptionAlgorithms: ['A256GCM'] }).catch(
    () => undefined,
  );
  return opened?.payload ?? {};
}

export async function redirectWith(session, location) {
  const value = await new EncryptJWT(session)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setExpirationTime('8h')
    .encrypt(key());
  const secure = BASE_URL.startsWith('https://') ? '; Secure' : '';
  const cookie = `${name}=${value}; HttpOnly; SameSite=Lax; Path=/${secure}`;
  return new Response(null, { status: 303, headers: { location, 'set-cookie': cookie } });
}

export function redirectTo(location) {
  return new Response(null, { status: 303, headers: { location } });
}

import { createPublicKey, verify } from 'node:crypto';
import type { LabClient } from '../../core/client.ts';
import { isRecord } from '../../core/wire.ts';
import type { Room } from '../../profile.ts';

export const teamId = 'LAB1050105';
export const keyId = 'KEY1050105';

/** The key of this simulation only. */
export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeRWloL6tK893QWnV
ydp65P+Xo6SZbaMqGuwNha63ZLihRANCAAQnquBwB+TWIDJFkzgeyHoWGqxO9Q4X
gJf1XOQpuy9TixzV2xhK7mB3hY50+ys3rYKEf8v9bubKNlxbOmTPEhHB
-----END PRIVATE KEY-----
`;

const sixMonths = 15_777_000;

/** Checks the client secret: a JWT of the team about the client, for Apple, signed with its key and short-lived. */
export function isSignedByKey(jwt: string, { clientId, clientSecret }: LabClient, room: Room): boolean {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const { alg, kid } = parsed(head);
  const { iss, sub, aud, iat, exp } = parsed(body);
  const now = room.ledger.now() / 1000;
  const inTime = Number(iat) <= now + 60 && Number(exp) > now && Number(exp) - now <= sixMonths;
  const named = iss === teamId && sub === clientId && aud === 'https://appleid.apple.com';
  const key = { key: createPublicKey(clientSecret), dsaEncoding: 'ieee-p1363' } as const;
  const signed = () =>
    verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  return alg === 'ES256' && kid === keyId && named && inTime && signed();
}

function parsed(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

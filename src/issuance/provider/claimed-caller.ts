import type { Request } from 'express';
import { decodeJwt } from 'jose';
import type { ClaimedCaller } from '../../http/flood-limits.ts';

/** Returns the client that a token, revocation or introspection request names (RFC 6749 section 2.3.1, RFC 7523). */
export function claimedCaller({ headers }: Pick<Request, 'headers'>, body: Buffer): ClaimedCaller {
  const form = new URLSearchParams(body.toString('utf8'));
  const assertion = form.get('client_assertion');
  if (assertion !== null) return { id: subjectOf(assertion), credential: assertion, changes: true };
  const [, encoded] = /^basic +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined)
    return { id: form.get('client_id') ?? '', credential: form.get('client_secret') ?? '' };
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(/:(.*)/s);
  return { id: new URLSearchParams(`id=${id}`).get('id') ?? '', credential: secret };
}

function subjectOf(assertion: string): string {
  try {
    return decodeJwt(assertion).sub ?? '';
  } catch {
    return '';
  }
}

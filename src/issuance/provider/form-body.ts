import type { Request } from 'express';
import { z } from 'zod';
import { Problem } from '../../kit/problem.ts';

const standardGrants = ['authorization_code', 'refresh_token', 'client_credentials'];
const flatObject = z.record(z.string(), z.string());

/**
 * Returns the body of a token, revocation or introspection request as a form, which oidc-provider reads. Auth0's clients
 * send a JSON object, and `audience` where RFC 8707 has `resource`.
 * @throws Problem invalid_request for JSON of another shape, or two targets.
 */
export function formBody(request: Request, body: Buffer): Buffer {
  const form = request.is('application/json') ? formOf(body) : new URLSearchParams(body.toString('utf8'));
  const audiences = form.getAll('audience');
  const namesAudience = audiences.length > 0 && standardGrants.includes(form.get('grant_type') ?? '');
  if (!namesAudience) return request.is('application/json') ? Buffer.from(form.toString()) : body;
  const targets = new Set([...audiences, ...form.getAll('resource')]);
  if (targets.size > 1) throw new Problem('invalid_request', { detail: 'audience and resource differ' });
  form.delete('audience');
  form.set('resource', [...targets].join());
  return Buffer.from(form.toString());
}

function formOf(body: Buffer): URLSearchParams {
  const parsed = flatObject.safeParse(parsedJson(body));
  if (parsed.success) return new URLSearchParams(parsed.data);
  throw new Problem('invalid_request', {
    detail: 'a JSON body must be one object whose members are strings',
  });
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

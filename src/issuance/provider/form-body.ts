import type { Request } from 'express';
import { z } from 'zod';
import { Problem } from '../../kit/problem.ts';

const standardGrants = ['authorization_code', 'refresh_token', 'client_credentials'];
const flatObject = z.record(z.string(), z.string());

/**
 * The body of a request to the token endpoints as oidc-provider reads it: a form. Auth0's clients send a JSON object, and say `audience` where
 * RFC 8707 says `resource`.
 */
export function formBody(request: Request, body: Buffer): Buffer {
  const form = request.is('application/json') ? formOf(body) : new URLSearchParams(body.toString('utf8'));
  const audiences = form.getAll('audience');
  const aliased = audiences.length > 0 && standardGrants.includes(form.get('grant_type') ?? '');
  if (!aliased) return request.is('application/json') ? Buffer.from(form.toString()) : body;
  const named = new Set([...audiences, ...form.getAll('resource')]);
  if (named.size > 1) throw new Problem('invalid_request', { detail: 'audience and resource differ' });
  form.delete('audience');
  form.set('resource', [...named].join());
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

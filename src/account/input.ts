import type { Request } from 'express';
import { z } from 'zod';
import type { App } from '../issuance/registry/app.ts';
import { Problem } from '../kit/problem.ts';
import type { AccountDeps } from './ports.ts';

// RFC 6749 section 3.3
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

const scopes = z
  .string()
  .max(4096)
  .transform((text) => [...new Set(text.split(' ').filter(Boolean))])
  .refine((tokens) => tokens.length <= 50 && tokens.every((token) => scopeToken.test(token)));

const handover = z.object({
  app: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
  return_to: z.string().max(2048).optional(),
  // Apps made for Keycloak add it to an account-link-url.
  redirect_uri: z.string().max(2048).optional(),
  scope: scopes.optional(),
});

/** The parameters with which an app sends a person to the account page. Each may be absent. */
export interface Handover {
  /** Undefined, too, for an app that is unknown or disabled. */
  readonly app: App | undefined;
  /** The app's address to return to; not yet checked to be one of the app's own. */
  readonly returnTo: string | undefined;
  /** The provider's scopes that the app needs in addition. */
  readonly scopes: readonly string[];
}

/** Reads the parameters from the query. @throws Problem invalid_request */
export async function readHandover(
  { issuance }: Pick<AccountDeps, 'issuance'>,
  request: Request,
): Promise<Handover> {
  const parsed = handover.safeParse(request.query);
  if (!parsed.success)
    throw new Problem('invalid_request', {
      detail: { en: 'This link is malformed.', zh: '此链接格式不正确。' },
    });
  const { app: id, redirect_uri, return_to: returnTo = redirect_uri, scope = [] } = parsed.data;
  const app = id === undefined ? undefined : await issuance.apps.get(id);
  return { app: app?.enabled ? app : undefined, returnTo, scopes: scope };
}

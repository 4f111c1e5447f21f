import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from '../../kit/log.ts';
import { type Admission, takesDocuments } from '../admission/admission.ts';
import { accountScopes } from '../consent/account-scopes.ts';
import type { Connections } from '../ports.ts';
import { renderFailure, sendJsonFailure } from './pages.ts';

// Koa middlewares that run around oidc-provider's own handling of a request.

type Next = () => Promise<void>;

/** Responds to an error that escapes oidc-provider's own error handling. The response carries no detail of it. */
export function createErrorFallback(log: Logger) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: Next): Promise<void> {
      try {
        await next();
      } catch (error) {
        log.error({ err: error, path: ctx.path }, 'request failed');
        // A browser prefers HTML; a client that accepts any type gets JSON.
        if (ctx.accepts('json', 'html') === 'html') renderFailure(ctx, error);
        else sendJsonFailure(ctx, error);
      }
    },
  };
}

export interface MetadataDeps {
  /** The members of the second issuer. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly connections: Pick<Connections, 'known'>;
  readonly admission: Pick<Admission, 'rules'>;
}

/** Corrects oidc-provider's discovery document where this server differs. */
export function createMetadata(issuer: string, { overrides, connections, admission }: MetadataDeps) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: Next): Promise<void> {
      await next();
      if (ctx.oidc?.route !== 'discovery' || typeof ctx.body !== 'object' || ctx.body === null) return;
      const metadata: Record<string, unknown> = { ...ctx.body };
      const confidential = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
      const [accounts, rules] = await Promise.all([accountScopes(connections), admission.rules()]);
      ctx.body = {
        ...metadata,
        scopes_supported: [...[metadata.scopes_supported ?? []].flat(), ...accounts],
        userinfo_endpoint: `${issuer}/userinfo`,
        response_modes_supported: ['query', 'form_post', 'fragment'],
        backchannel_user_code_parameter_supported: false,
        ui_locales_supported: ['en', 'zh-CN'],
        revocation_endpoint_auth_methods_supported: [...confidential, 'none'],
        introspection_endpoint_auth_methods_supported: confidential,
        ...(takesDocuments(rules) && { client_id_metadata_document_supported: true }),
        ...(rules.dynamicRegistration && { registration_endpoint: `${issuer}/oauth/register` }),
        service_documentation: `${issuer}/docs`,
        ...overrides,
      };
    },
  };
}

/**
 * States the scope of a client-credentials token that got none of the scopes it was asked for. oidc-provider omits an empty
 * one, which would mean that it equals the request (RFC 6749 section 5.1).
 */
export function createStatedScope() {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: Next): Promise<void> {
      await next();
      const { route, params } = ctx.oidc ?? {};
      const isAnswer = route === 'token' && ctx.status === 200 && params?.grant_type === 'client_credentials';
      const { body } = ctx;
      if (!isAnswer || !params.scope || typeof body !== 'object' || body === null || 'scope' in body) return;
      ctx.body = { ...body, scope: '' };
    },
  };
}

/** Calls `onSignOut` after a person has signed out of all apps in a browser, since our own pages have their own session. */
export function createSignOut(onSignOut: (request: IncomingMessage) => Promise<void>) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: Next): Promise<void> {
      await next();
      const { route, params } = ctx.oidc ?? {};
      // With an ID token of this session, the first request ends the session without a confirmation.
      const ended = route === 'end_session' || (route === 'end_session_confirm' && params?.logout);
      if (ended && ctx.status === 303) await onSignOut(ctx.req);
    },
  };
}

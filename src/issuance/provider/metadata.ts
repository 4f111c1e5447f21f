import type { KoaContextWithOIDC } from 'oidc-provider';

/** Sets right what the discovery document of oidc-provider says otherwise than this server does. */
export function createMetadata(issuer: string, differing: Readonly<Record<string, unknown>>) {
  return {
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      if (ctx.oidc?.route !== 'discovery' || typeof ctx.body !== 'object' || ctx.body === null) return;
      const metadata: Record<string, unknown> = { ...ctx.body };
      const confidential = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
      ctx.body = {
        ...metadata,
        userinfo_endpoint: `${issuer}/userinfo`,
        response_modes_supported: ['query', 'form_post'],
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        ui_locales_supported: ['en', 'zh-CN'],
        revocation_endpoint_auth_methods_supported: [...confidential, 'none'],
        introspection_endpoint_auth_methods_supported: confidential,
        service_documentation: `${issuer}/docs`,
        ...differing,
      };
    },
  };
}

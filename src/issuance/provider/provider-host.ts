import type { EventEmitter } from 'node:events';
import Provider, { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from '../../kit/log.ts';
import {
  GrantError,
  handleGrant,
  type RegisteredGrant,
  restoreErrorDetails,
  type SenderOf,
} from '../custom-grants.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { SecondIssuer } from '../ports.ts';
import { ProofFault } from '../senders/dpop-proof.ts';
import type { Senders } from '../senders/sender-check.ts';
import {
  overrideAssertionAudience,
  overrideComparisons,
  overrideErrors,
  overrideProofAddress,
} from './provider-overrides.ts';

/** A Koa middleware around oidc-provider's own handling, and changes to a new provider: patched methods, event listeners. */
export interface ProviderExtension {
  middleware?(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void>;
  install?(provider: Provider): void;
}

type RequestHandler = ReturnType<Provider['callback']>;

/** The current oidc-provider. Its keys and grant types are fixed at construction, so a change of them needs a new one. */
export interface ProviderHost {
  current(): Provider;
  readonly handle: RequestHandler;
  rebuild(): void;
}

export interface ProviderHostDeps {
  readonly issuer: string;
  readonly configuration: (keys: ReturnType<SigningKeys['privateKeys']>) => Configuration;
  readonly keys: SigningKeys;
  readonly extensions: readonly ProviderExtension[];
  readonly grants: readonly RegisteredGrant[];
  readonly second: SecondIssuer | undefined;
  readonly senders: Pick<Senders, 'ofTokenRequest'>;
  readonly log: Logger;
}

export function createProviderHost(deps: ProviderHostDeps): ProviderHost {
  const senderOf: SenderOf = async (request) => {
    try {
      return await deps.senders.ofTokenRequest(request);
    } catch (error) {
      throw error instanceof ProofFault ? new GrantError(error.code, error.message) : error;
    }
  };
  const make = () => {
    const provider = new Provider(deps.issuer, deps.configuration(deps.keys.privateKeys()));
    // forward-request.ts alone sets the headers that a proxy would set.
    provider.proxy = true;
    overrideComparisons(provider);
    overrideProofAddress(provider);
    overrideErrors(provider);
    // Both issuers' providers get `second`; only its own expects its addresses in assertions.
    if (deps.second?.issuer === deps.issuer) overrideAssertionAudience(provider, deps.second);
    restoreErrorDetails(provider);
    logFailures(provider, deps.log);
    for (const { middleware, install } of deps.extensions) {
      if (middleware) provider.use(middleware);
      install?.(provider);
    }
    for (const grant of deps.grants) {
      provider.registerGrantType(grant.type, (ctx) => handleGrant(grant, ctx, senderOf), grant.params);
    }
    return { provider, handle: provider.callback() };
  };
  let current = make();
  return {
    current: () => current.provider,
    handle: (request, response) => current.handle(request, response),
    rebuild() {
      current = make();
    },
  };
}

function logFailures(provider: Provider, log: Logger): void {
  const refused = (ctx: KoaContextWithOIDC, error: Error) => {
    const detail = error instanceof errors.OIDCProviderError ? error.error_detail : undefined;
    log.debug({ path: ctx.path, code: error.message, reason: detail }, 'token or sign-in request refused');
  };
  provider.on('authorization.error', refused);
  provider.on('grant.error', refused);
  provider.on('introspection.error', refused);
  provider.on('revocation.error', refused);
  provider.on('pushed_authorization_request.error', refused);
  provider.on('device_authorization.error', refused);
  provider.on('backchannel_authentication.error', refused);
  provider.on('code_verification.error', refused);
  provider.on('end_session.error', refused);
  provider.on('server_error', (ctx, error) => log.error({ err: error, path: ctx.path }, 'request failed'));
  // Without a listener Koa writes to the console.
  const emitter: EventEmitter = provider;
  emitter.on('error', (error: unknown) => log.error({ err: error }, 'request failed'));
}

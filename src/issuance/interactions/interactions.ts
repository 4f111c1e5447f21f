import type { Router } from 'express';
import type { Locale } from '../../kit/locale.ts';
import type { KnownConnections } from '../consent/connection-binding.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import type { OptionalScopes } from '../consent/optional-scopes.ts';
import type { ResourceServers } from '../consent/resource-servers.ts';
import type { IssuanceDeps } from '../ports.ts';
import type { ProviderHost } from '../provider/provider-host.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import { createAppLooks } from '../registry/app-looks.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import type { Revoker } from '../sessions/revoker.ts';
import type { ExactCalls } from '../tokens/call-details.ts';
import { createAgreementStep } from './agreement-step.ts';
import { createChoices } from './choices.ts';
import { createConsent } from './consent.ts';
import { createConsentStep } from './consent-step.ts';
import { type Interaction, resourcesOf, textParam } from './find-interaction.ts';
import { createLoginCompletion, type LoginCompletion } from './finish-login.ts';
import { interactionRoutes } from './routes.ts';
import { createSignInStep } from './sign-in-step.ts';

export interface InteractionsDeps {
  readonly deps: IssuanceDeps;
  readonly stores: {
    readonly audiences: Pick<Audiences, 'broker'>;
    readonly apis: ApiRegistry;
    readonly apps: AppRegistry;
    readonly consents: ConsentStore;
    readonly knownConnections: KnownConnections;
  };
  readonly host: ProviderHost;
  readonly revoker: Pick<Revoker, 'endSession'>;
  readonly resourceServers: ResourceServers;
  readonly optionalScopes: OptionalScopes;
  readonly exactCalls: () => ExactCalls | undefined;
}

/**
 * The interactions of a sign-in: the pages that a person sees, and its completion after the return from a provider.
 *
 * This inner room owns the sign-in chooser, the consent page and their routes under /interaction. The sign-in at a provider
 * itself is handed to the room `login`, through the port `beginLogin`. oidc-provider decides when a request needs a page.
 */
export function createInteractions(parts: InteractionsDeps): {
  readonly router: Router;
  readonly loginCompletion: LoginCompletion;
} {
  const { deps, stores, host, revoker, resourceServers, optionalScopes } = parts;
  const { events } = deps;
  const provider = host.current;
  const clientOf = (interaction: Interaction) =>
    provider().Client.find(textParam(interaction, 'client_id') ?? '');
  const looksOf = createAppLooks(stores.apps);
  const appNameOf = async (interaction: Interaction, locale: Locale) => {
    const client = await clientOf(interaction);
    if (!client) return '';
    const { displayName } = await looksOf(client.clientId);
    return displayName?.[locale] ?? client.clientName ?? client.clientId;
  };
  const grantable = async (interaction: Interaction) => {
    const client = await clientOf(interaction);
    const scopeLists = resourcesOf(interaction).map(async (resource) => {
      const scopes = client ? (await resourceServers.describe(client, resource, false)).scope.split(' ') : [];
      return [resource, scopes] as const;
    });
    return Object.fromEntries(await Promise.all(scopeLists));
  };

  const consent = createConsent({ ...stores, provider, events });
  const loginCompletion = createLoginCompletion({ provider, revoker });
  const router = interactionRoutes({
    ...deps,
    provider,
    loginCompletion,
    signIn: createSignInStep({ ...deps, appNameOf, looksOf }),
    agreement: createAgreementStep({ ...deps, provider, appNameOf }),
    consent: createConsentStep({
      ...deps,
      ...stores,
      consent,
      choices: createChoices(optionalScopes, stores.audiences.broker),
      exactCalls: parts.exactCalls,
      provider,
      appNameOf,
      grantable,
    }),
  });
  return { router, loginCompletion };
}

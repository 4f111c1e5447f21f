import type { KoaContextWithOIDC, default as Provider, ResourceServer } from 'oidc-provider';
import { registeredResource } from '../registry/resource-identifiers.ts';

/** The class is a member of the provider that oidc-provider's types lack. */
type WithResourceServer = Provider & {
  readonly ResourceServer: new (identifier: string, server: ResourceServer) => ResourceServer;
};

/**
 * Replaces the resources of an authorization request, which clients may spell in another way, by their registered
 * identifiers. Grants, consents and tokens then know one spelling.
 */
export function nameRegisteredResources({
  params,
  resourceServers,
  provider,
}: KoaContextWithOIDC['oidc']): void {
  if (!params || !resourceServers) return;
  const { ResourceServer: Server } = provider as WithResourceServer;
  const registered = new Map(
    Object.entries(resourceServers).map(([given, server]) => [given, String(server.audience)]),
  );
  for (const [given, identifier] of registered) {
    const server = resourceServers[given];
    if (given === identifier || !server) continue;
    delete resourceServers[given];
    resourceServers[identifier] ??= new Server(identifier, server);
  }
  const spelled = (given: unknown) => registered.get(String(given)) ?? given;
  const { resource } = params;
  params.resource = Array.isArray(resource) ? [...new Set(resource.map(spelled))] : spelled(resource);
}

interface Granted {
  readonly resource?: string | readonly string[];
}

/** Gives the resource of a token request the spelling that the code or refresh token has. */
export function createResourceSpelling() {
  return {
    install(provider: Provider): void {
      const { AuthorizationCode, RefreshToken, DeviceCode, BackchannelAuthenticationRequest } = provider;
      for (const Kind of [AuthorizationCode, RefreshToken, DeviceCode, BackchannelAuthenticationRequest]) {
        const find = Kind.find.bind(Kind) as (
          value: string,
          options?: object,
        ) => Promise<Granted | undefined>;
        Object.assign(Kind, {
          async find(value: string, options?: object) {
            const found = await find(value, options);
            const { params } = (provider.constructor as typeof Provider).ctx?.oidc ?? {};
            if (found && typeof params?.resource === 'string') {
              const granted = [found.resource ?? []].flat();
              params.resource = registeredResource(params.resource, granted) ?? params.resource;
            }
            return found;
          },
        });
      }
    },
  };
}

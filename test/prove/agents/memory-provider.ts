/**
 * The part of OAuth that each library leaves to the application: it stores values and opens the browser. The libraries have
 * the same members for it, but for a few.
 */
export interface MemoryProvider {
  /** The address at which the library asks the person to sign in. */
  address(): string;
  readonly [member: string]: unknown;
}

export interface ProviderOptions {
  readonly redirectUrl: string;
  /** The address of the client's metadata document. Without one the library registers the client. */
  readonly document?: string;
}

export function memoryProvider({ redirectUrl, document }: ProviderOptions): MemoryProvider {
  const stored = new Map<string, unknown>();
  const read = (name: string) => () => stored.get(name);
  const save = (name: string) => (value: unknown) => void stored.set(name, value);
  return {
    address: () => String(stored.get('address') ?? ''),
    redirectUrl,
    clientMetadata: {
      client_name: 'Walk',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    ...(document !== undefined && { clientMetadataUrl: document }),
    clientInformation: read('client'),
    saveClientInformation: save('client'),
    isClientInformationDynamicallyRegistered: () => true,
    tokens: read('tokens'),
    saveTokens: save('tokens'),
    redirectToAuthorization: save('address'),
    codeVerifier: read('verifier'),
    saveCodeVerifier: save('verifier'),
    storedState: read('state'),
    saveState: save('state'),
    discoveryState: read('discovery'),
    saveDiscoveryState: save('discovery'),
    authorizationServerInformation: read('server'),
    saveAuthorizationServerInformation: save('server'),
  };
}

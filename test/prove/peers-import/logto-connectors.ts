/** A connector package of Logto, and the provider of the lab that it speaks to. */
export interface LogtoConnector {
  /** The package without `@logto/connector-`. */
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  /** The name of the provider in `identities`, where it is another than the connection here. */
  readonly target?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

const cloudInstance = 'https://login.microsoftonline.com';

export const logtoConnectors: readonly LogtoConnector[] = [
  {
    name: 'google',
    version: '1.8.6',
    provider: 'google',
    config: { scope: 'openid profile email', offlineAccess: true, prompts: ['consent'] },
  },
  { name: 'github', version: '1.7.5', provider: 'github' },
  { name: 'facebook', version: '1.6.5', provider: 'facebook' },
  {
    name: 'azuread',
    version: '1.6.5',
    provider: 'microsoft',
    target: 'azuread',
    config: { cloudInstance, tenantId: 'common', prompts: [] },
  },
  { name: 'slack', version: '0.3.5', provider: 'slack' },
  { name: 'wechat-web', version: '1.6.5', provider: 'wechat' },
  { name: 'discord', version: '1.6.5', provider: 'discord' },
  { name: 'gitlab', version: '1.2.8', provider: 'gitlab' },
  { name: 'linkedin', version: '0.3.5', provider: 'linkedin' },
  { name: 'line', version: '0.3.5', provider: 'line' },
  { name: 'kakao', version: '1.4.6', provider: 'kakao' },
  { name: 'oidc', version: '1.7.5', provider: 'openid-connect', target: 'oidc' },
];

interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Returns the settings of a connector as its form in the console asks for them. */
export function configOf(provider: string, client: Client | undefined, lab: string): unknown {
  const { config = {}, name } = logtoConnectors.find((one) => one.provider === provider) ?? {};
  const { clientId = '', clientSecret = '' } = client ?? {};
  if (name === 'wechat-web') return { appId: clientId, appSecret: clientSecret };
  if (name !== 'oidc') return { clientId, clientSecret, ...config };
  const at = `${lab}/openid-connect/realms/lab/protocol/openid-connect`;
  return {
    clientId,
    clientSecret,
    authorizationEndpoint: `${at}/auth`,
    tokenEndpoint: `${at}/token`,
    tokenEndpointAuthMethod: 'client_secret_post',
    clientSecretJwtSigningAlgorithm: 'HS256',
    scope: 'openid profile email offline_access',
    idTokenVerificationConfig: {
      jwksUri: `${at}/certs`,
      issuer: `${lab}/openid-connect/realms/lab`,
    },
  };
}

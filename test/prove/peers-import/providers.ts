/** A provider at which people sign in, at the peer and here. */
export interface PeerProvider {
  /** The name of the lab's profile, of the peer's provider and of the connection here. */
  readonly name: string;
  /** The provider's hosts, which the peer's process sends to the lab. */
  readonly hosts: readonly string[];
  /** Returns the lab's path for paths of the provider that the lab serves under another name. */
  readonly path?: (path: string) => string;
  /** The options of Better Auth's provider beside the client. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** True if Better Auth knows it through its plugin `genericOAuth`. */
  readonly generic?: true;
  /** The call at the provider's API that a living token can make, relative to the lab's profile. */
  readonly api: string;
  /** True if Better Auth's id does not tell which of the account's ids it is, so that only the provider can. */
  readonly ambiguous?: true;
  /** The scheme of the `Authorization` header, or `query`. */
  readonly scheme?: 'OAuth' | 'query';
}

const offline = { accessType: 'offline', prompt: 'consent' };

export const providers: readonly PeerProvider[] = [
  {
    name: 'google',
    hosts: [
      'accounts.google.com',
      'oauth2.googleapis.com',
      'openidconnect.googleapis.com',
      'www.googleapis.com',
    ],
    options: offline,
    api: '/oauth2/v3/userinfo',
  },
  { name: 'github', hosts: ['github.com', 'api.github.com'], api: '/user/repos' },
  {
    name: 'facebook',
    hosts: ['www.facebook.com', 'graph.facebook.com', 'limited.facebook.com'],
    // Facebook answers for a version that has ended as for a current one.
    path: (path) => path.replace('/v13.0/', '/v24.0/'),
    api: '/v24.0/me?fields=id,name',
  },
  { name: 'microsoft', hosts: ['login.microsoftonline.com', 'graph.microsoft.com'], api: '/oidc/userinfo' },
  { name: 'slack', hosts: ['slack.com'], api: '/api/auth.test' },
  {
    name: 'salesforce',
    hosts: ['login.salesforce.com'],
    options: { scope: ['refresh_token'] },
    api: '/services/oauth2/userinfo',
  },
  {
    name: 'wechat',
    hosts: ['open.weixin.qq.com', 'api.weixin.qq.com'],
    ambiguous: true,
    api: '/sns/auth',
    scheme: 'query',
  },
  {
    name: 'discord',
    hosts: ['discord.com'],
    // Better Auth encodes the `@`, which the lab would not decode.
    path: (path) =>
      path.replace('%40', '@').replace('/v10', '').replace('/api/oauth2/authorize', '/oauth2/authorize'),
    api: '/api/users/@me',
  },
  { name: 'gitlab', hosts: ['gitlab.com'], api: '/api/v4/user' },
  { name: 'linkedin', hosts: ['www.linkedin.com', 'api.linkedin.com'], api: '/v2/userinfo' },
  { name: 'twitch', hosts: ['id.twitch.tv'], api: '/oauth2/validate', scheme: 'OAuth' },
  { name: 'line', hosts: ['access.line.me', 'api.line.me'], api: '/oauth2/v2.1/userinfo' },
  { name: 'kakao', hosts: ['kauth.kakao.com', 'kapi.kakao.com'], api: '/v2/user/me' },
  {
    name: 'openid-connect',
    hosts: [],
    generic: true,
    options: { scopes: ['openid', 'profile', 'email', 'offline_access'] },
    api: '/realms/lab/protocol/openid-connect/userinfo',
  },
];

/** Returns the lab's URL for a provider's URL. @throws if it belongs to no provider, so that nothing leaves this machine */
export function atLab(url: string | URL, lab: string): URL {
  const asked = new URL(url);
  if (asked.origin === new URL(lab).origin) return asked;
  const found = providers.find(({ hosts }) => hosts.includes(asked.hostname));
  if (!found) throw new Error(`no lab plays ${asked.host}`);
  const path = found.path?.(asked.pathname) ?? asked.pathname;
  return new URL(`${lab}/${found.name}${path}${asked.search}`);
}

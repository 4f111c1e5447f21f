import { oidc } from '../contract/declare.ts';

/** Log In With Telegram by OpenID Connect. The client is a bot. The tokens open no API. */
export const telegram = oidc({
  provider: 'telegram',
  title: { en: 'Telegram', zh: 'Telegram' },
  issuer: 'https://oauth.telegram.org',
  endpoints: {
    authorization: 'https://oauth.telegram.org/auth',
    token: 'https://oauth.telegram.org/token',
    jwks: 'https://oauth.telegram.org/.well-known/jwks.json',
    api: 'https://oauth.telegram.org',
  },
  scopes: { default: ['openid', 'profile'], separator: ' ' },
  clientAuthentication: 'client_secret_basic',
  alternates: ['telegram:id'],
  pkce: 'supported',
  // The bot's owner chooses one.
  idTokenAlgorithms: ['RS256', 'ES256', 'EdDSA'],
  refresh: { how: 'none', rotation: 'static' },
  transport: { in: 'header', name: 'Authorization' },
  account: ({ sub, id, name, preferred_username, picture }) => {
    const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
    const number = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : text(id);
    return {
      subject: text(sub) ?? '',
      // The id of the person in Telegram's bot API.
      alternates: { ...(number && { 'telegram:id': number }) },
      name: text(name) ?? text(preferred_username),
      picture: text(picture),
      email: undefined,
      emailVerified: false,
    };
  },
});

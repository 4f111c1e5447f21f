import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { pkceFor, pkceOption } from '../contract/options.ts';
import { shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const spotify = oauth2({
  provider: 'spotify',
  title: { en: 'Spotify', zh: 'Spotify' },
  issuer: 'https://accounts.spotify.com',
  endpoints: {
    authorization: 'https://accounts.spotify.com/authorize',
    token: 'https://accounts.spotify.com/api/token',
    userinfo: 'https://api.spotify.com/v1/me',
    api: 'https://api.spotify.com/v1',
  },
  manageAccess: { url: 'https://www.spotify.com/account/apps/' },
  scopeWords: scopeWords({
    'user-read-email': ['see your e-mail address', '获取您的邮箱地址'],
    'user-read-private': ['see your country and subscription', '获取您的国家/地区和订阅类型'],
    'user-library-read': ['see your library', '查看您的音乐库'],
    'user-library-modify': ['change your library', '修改您的音乐库'],
    'playlist-read-private': ['see your playlists', '查看您的歌单'],
    'playlist-modify-private': ['change your private playlists', '修改您的私密歌单'],
    'playlist-modify-public': ['change your public playlists', '修改您的公开歌单'],
    'user-read-recently-played': ['see what you played', '查看您的播放记录'],
    'user-top-read': ['see your favourite artists', '查看您常听的艺人'],
  }),
  scopes: { default: ['user-read-email', 'user-read-private'], separator: ' ' },
  registrationRules: { refusesRedirect: ['localhost'] },
  email: 'unverified',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  options: pkceOption,
  forOptions: pkceFor,
  refresh: {
    how: 'refresh_token',
    // A new refresh token is rare, but then the old one is invalid.
    rotation: 'single-use',
    accessLifetime: 3600,
    // Six months from consent, which a refresh does not extend. 184 days is the longest span of six months.
    absoluteCap: 184 * 86_400,
  },
  classify: classifyByWords({
    dead: { 'refresh token revoked': 'rejected', 'refresh token expired': 'expired' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    ...((forceLogin || forceConsent) && { show_dialog: 'true' }),
  }),
  account,
});

const profile = z.object({
  id: z.string().min(1),
  display_name: shown,
  email: shown,
  images: z
    .array(z.object({ url: shown }))
    .optional()
    .catch(undefined),
});

async function account({ tokens, registration: { endpoints }, http }: AccountCall) {
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}`, accept: 'application/json' };
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/me`);
  const { id, display_name, email, images } = profile.parse(await http.json('profile', url, { headers }));
  return {
    subject: id,
    alternates: {},
    name: display_name,
    picture: images?.[0]?.url,
    email,
    // Entered by the person and not verified by Spotify.
    emailVerified: false,
  };
}

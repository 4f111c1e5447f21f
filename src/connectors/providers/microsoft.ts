import { z } from 'zod';
import type { JsonObject } from '../../kit/exact-json.ts';
import type { OidcConnector } from '../contract/contract.ts';
import { oidc } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { nativeAudienceOption, pkceFor, pkceOption } from '../contract/options.ts';
import { shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import { microsoftScopes } from './microsoft/scopes.ts';
import { exportedMicrosoftIds, guid, mayEnter } from './microsoft/tenants.ts';
import { microsoftWords } from './words/microsoft.ts';

/** Microsoft Entra and personal accounts: many tenants at one address, each with its own issuer. */
export const microsoft = oidc({
  provider: 'microsoft',
  title: { en: 'Microsoft', zh: 'Microsoft' },
  pinyin: 'wei ruan',
  issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  endpoints: { ...addresses('common'), api: 'https://graph.microsoft.com/v1.0' },
  options: {
    tenant: {
      about:
        'The accounts that may sign in: `common` for all, `organizations` for work and school, `consumers` for personal ones, or the id of one tenant.',
      default: 'common',
      pattern: /^(common|organizations|consumers|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    },
    native_audience: nativeAudienceOption,
    ...pkceOption,
  },
  forOptions: (options) => ({ ...pkceFor(options), endpoints: addresses(options.tenant ?? 'common') }),
  manageAccess: { url: 'https://account.microsoft.com/privacy/app-access' },
  scopeWords: microsoftWords,
  scopes: {
    default: ['openid', 'profile', 'email', 'offline_access', 'User.Read'],
    separator: ' ',
    cover: microsoftScopes,
  },
  email: 'vouched',
  exportedIds: exportedMicrosoftIds,
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  tokenIssuer,
  // ID tokens of MSAL. Its access tokens have Graph as their audience, so they prove nothing here.
  native: { kinds: ['id_token'] },
  refresh: {
    how: 'refresh_token',
    rotation: 'overlapping',
    // A token has all consented scopes of its resource, even if fewer are requested.
    narrows: 'by-resource',
    accessLifetime: 3600,
    // A refresh token expires after ninety days without use.
    keepAlive: 30 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['return-client-request-id', 'sdkversion', 'workbook-session-id'],
  authorizeParameters: ({ loginHint, forceLogin, forceConsent }) => ({
    // `prompt` takes one value. With `login` Entra also asks for consent where it is missing.
    ...(forceLogin ? { prompt: 'login' } : forceConsent && { prompt: 'consent' }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  }),
  classify,
  account,
});

function addresses(tenant: string) {
  const base = `https://login.microsoftonline.com/${tenant}`;
  return {
    authorization: `${base}/oauth2/v2.0/authorize`,
    token: `${base}/oauth2/v2.0/token`,
    jwks: `${base}/discovery/v2.0/keys`,
  };
}

/** Returns the issuer of the token's tenant, or undefined if that tenant may not sign in. */
function tokenIssuer({ tid }: JsonObject, { issuer, options: { tenant } }: Registration) {
  if (typeof tid !== 'string' || !mayEnter(tid, tenant)) return undefined;
  return issuer.replace('{tenantid}', tid);
}

const person = z.object({
  tid: z.string().regex(guid),
  oid: z.string().regex(guid),
  name: shown,
  email: shown,
  // Sent as a boolean, a number or a text.
  xms_edov: z
    .union([z.literal(true), z.literal(1), z.literal('1')])
    .optional()
    .catch(undefined),
});

/**
 * Returns the account. `sub` differs from app to app, so the subject is `oid` within its tenant. Addresses and user names
 * can be changed to those of another person. Only `xms_edov` says that the domain's owner verified the address.
 */
function account(claims: JsonObject): ReturnType<OidcConnector['account']> {
  const { tid, oid, name, email, xms_edov: owned } = person.parse(claims);
  return {
    subject: `${tid}:${oid}`,
    alternates: {},
    name,
    picture: undefined,
    email,
    emailVerified: email !== undefined && owned !== undefined,
  };
}

/** AADSTS codes, which are more precise than `error`. */
const codes: Readonly<Record<number, Failure>> = {
  50173: { kind: 'grant-dead', reason: 'password_changed' },
  65001: { kind: 'grant-dead', reason: 'revoked_by_user' },
  70008: { kind: 'grant-dead', reason: 'expired' },
  700082: { kind: 'grant-dead', reason: 'expired' },
  // The token of a single-page application, after a day.
  700084: { kind: 'grant-dead', reason: 'expired' },
};

const secretWrong: readonly unknown[] = [7_000_215, 7_000_222];

function classify({ step, error, body }: FailureSigns): Failure | undefined {
  const given = Array.isArray(body.error_codes) ? body.error_codes : [];
  if (given.some((code) => secretWrong.includes(code))) return { kind: 'misconfigured' };
  if (step !== 'refresh') return undefined;
  const known = given.flatMap((code) => codes[Number(code)] ?? [])[0];
  // The tenant requires a second factor or another condition, so the person must sign in again.
  return known ?? (error === 'interaction_required' ? { kind: 'grant-dead', reason: 'rejected' } : undefined);
}

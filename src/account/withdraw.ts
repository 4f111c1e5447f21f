import type { Request } from 'express';
import { accountTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { RevocationOutcome } from '../vault/upstream-revocation/queued-revocation.ts';
import { isGivenToApi } from './app-page.ts';
import { appTexts as texts } from './app-texts.ts';
import { appTitle } from './names.ts';
import type { Notice } from './notices.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep } from './step.ts';
import { stepPage } from './step-pages.ts';
import { accountsUsedBy, canEndGrant, endings, takenTokens } from './taken-tokens.ts';

/** Returns the step that withdraws the consent to an app: all of it, or the use of the account at one connection. */
export function createWithdrawStep(deps: AccountDeps): AccountStep {
  const { issuance, connections, upstreamRevocations, events, issuer } = deps;
  const broker = `${issuer}/v1`;

  async function findConsent(request: Request, userId: string): Promise<GivenConsent> {
    const given = await issuance.consents(userId);
    const found = given.find(({ clientId }) => clientId === request.params.clientId);
    if (!found) throw new Problem('not_found');
    return found;
  }

  /** Returns the connection that the query names; undefined: the whole consent is withdrawn. */
  async function namedConnection(
    { query }: Request,
    { scopes }: GivenConsent,
  ): Promise<Connection | undefined> {
    if (query.connection === undefined) return undefined;
    const connection = await connections.find(String(query.connection));
    if (!connection || !scopes.includes(`idp:${connection.alias}`)) throw new Problem('not_found');
    return connection;
  }

  /** Returns the API that the query names, with its scopes; undefined: it names none. */
  function scopesOfApi({ query }: Request, { resources }: GivenConsent) {
    if (query.api === undefined) return undefined;
    const api = String(query.api);
    const scopes = Object.hasOwn(resources, api)
      ? resources[api]?.filter((scope) => isGivenToApi(scope, api, broker))
      : undefined;
    if (!scopes || scopes.length === 0) throw new Problem('not_found');
    return { api, scopes };
  }

  return {
    async show(visit) {
      const { request, user, locale, csrf } = visit;
      const consent = await findConsent(request, user.id);
      const connection = await namedConnection(request, consent);
      const [title, hint] = connection
        ? [texts.withdrawUseTitle, texts.withdrawUseHint]
        : [texts.withdrawTitle, texts.withdrawHint];
      const account = connection ? accountTitle(connection.connector)[locale] : '';
      const app = await issuance.apps.stored(consent.clientId);
      const names = { app: app ? appTitle(app, locale) : displayText(consent.appName), account };
      const ofApi = scopesOfApi(request, consent);
      if (ofApi) {
        const identifier = ofApi.api;
        const known = await issuance.apis.byIdentifier(identifier);
        const about = { ...names, api: displayText(known?.name) || identifier };
        return stepPage({
          locale,
          title: fill(texts.withdrawApiTitle, locale, about),
          explanation: [fill(texts.withdrawApiHint, locale, about)],
          action: request.originalUrl,
          button: texts.withdraw[locale],
          danger: true,
          csrf,
          back: '/account',
        });
      }
      const accounts = await accountsUsedBy(deps, { userId: user.id, consent, connection });
      return stepPage({
        locale,
        title: fill(title, locale, names),
        explanation: [
          fill(hint, locale, names),
          ...takenTokens(deps, { accounts, app: names.app, reader: visit }),
        ],
        action: request.originalUrl,
        button: texts.withdraw[locale],
        danger: true,
        also: endings(accounts, locale),
        csrf,
        back: '/account',
      });
    },
    async act({ request, user }) {
      const consent = await findConsent(request, user.id);
      const { clientId: appId } = consent;
      const connection = await namedConnection(request, consent);
      const ofApi = scopesOfApi(request, consent);
      if (ofApi) {
        await issuance.withdrawConsent(user.id, appId, ofApi);
        await events.record({ type: 'grant.revoked', userId: user.id, appId, detail: ofApi });
        return '/account?notice=withdrawn';
      }
      // Read before the consent is withdrawn, which names the connections.
      const accounts =
        request.body?.also === 'provider'
          ? await accountsUsedBy(deps, { userId: user.id, consent, connection })
          : [];
      await issuance.withdrawConsent(user.id, appId, connection && `idp:${connection.alias}`);
      const about = { userId: user.id, appId, connection: connection?.alias };
      await events.record({ type: 'grant.revoked', ...about });
      const outcomes = await Promise.all(
        accounts
          .filter(({ connection: at }) => canEndGrant(at))
          .map(({ identity, connection: at }) =>
            upstreamRevocations.revoke({
              identityId: identity.id,
              userId: user.id,
              subject: identity.subject,
              connection: at,
            }),
          ),
      );
      return `/account?notice=${noticeOf(outcomes)}`;
    },
  };
}

function noticeOf(outcomes: readonly RevocationOutcome[]): Notice {
  if (outcomes.length === 0) return 'withdrawn';
  if (outcomes.includes('retrying')) return 'withdrawn_retrying';
  if (outcomes.some((outcome) => outcome === 'unsupported' || outcome === 'gave_up'))
    return 'withdrawn_unsupported';
  return 'withdrawn_revoked';
}

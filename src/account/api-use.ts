import type { Request } from 'express';
import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { returnOf } from './addresses.ts';
import { apiUseTexts as texts } from './api-use-texts.ts';
import { appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep, Visit } from './step.ts';
import { stepPage } from './step-pages.ts';

/**
 * Returns the step in which a person lets an API use an account of theirs on behalf of an app, and links one if there is
 * none. The API got the link where it was refused, and hands it on: the ticket in it is for one person.
 */
export function createApiUseStep(deps: AccountDeps): AccountStep {
  const { issuance, identities, connections, login, events, clock, apiTickets } = deps;

  async function find({ request, user }: Visit) {
    const { clientId, apiId, alias } = paramsOf(request);
    const { ticket } = request.query;
    const link = { userId: user.id, app: clientId, api: apiId, alias };
    // The link may have been sent on to another person, who has not called the API.
    if (typeof ticket !== 'string' || !apiTickets.fits(ticket, link)) throw notTheirs();
    const connection = await connections.find(alias);
    const use = { userId: user.id, clientId, apiId };
    const found = connection?.enabled ? await issuance.apiUses.askable(use, connection) : undefined;
    if (!connection || !found) throw notTheirs();
    const mine = await identities.ofUser(user.id);
    const isLinked = mine.some(({ connectionId }) => connectionId === connection.id);
    return { ...found, use, connection, isLinked };
  }

  return {
    async show(visit) {
      const { request, locale, csrf } = visit;
      const { api, app, connection, isLinked } = await find(visit);
      const names = {
        api: displayText(api.name),
        app: appTitle(app, locale),
        account: accountTitle(connection.connector)[locale],
        platform: platformTitle(connection.connector)[locale],
      };
      return stepPage({
        locale,
        title: fill(texts.title, locale, names),
        explanation: [
          fill(texts.hint, locale, names),
          isLinked ? undefined : fill(texts.linkFirst, locale, names),
        ],
        action: request.originalUrl,
        button: fill(isLinked ? texts.allow : texts.allowAndLink, locale, names),
        csrf,
        back: '/account',
      });
    },
    async act(visit) {
      const { request, response, user, locale } = visit;
      const { api, waived, use, connection, isLinked } = await find(visit);
      if (!waived) {
        await issuance.apiUses.allow(use, connection, clock.now());
        await events.record({
          type: 'consent.given',
          userId: user.id,
          appId: use.clientId,
          connection: connection.alias,
          detail: { scopes: [`idp:${connection.alias}`], api: api.id },
        });
      }
      if (isLinked) return '/account?notice=allowed';
      const app = await issuance.apps.get(use.clientId);
      return await login.begin(request, response, {
        alias: connection.alias,
        resume: { kind: 'link', userId: user.id, ...returnOf('/account', app) },
        forceLogin: false,
        forceConsent: false,
        locale,
      });
    },
  };
}

function paramsOf({ params }: Request): { clientId: string; apiId: string; alias: string } {
  return { clientId: String(params.clientId), apiId: String(params.apiId), alias: String(params.alias) };
}

function notTheirs(): Problem {
  return new Problem('invalid_request', { detail: texts.notTheirs });
}

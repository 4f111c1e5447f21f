import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import type { ConnectRequest } from '../dialects/auth0/connect-requests.ts';
import { displayText } from '../http/display-text.ts';
import { html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { createAgentConnect } from './connect-agent.ts';
import { appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep, Visit } from './step.ts';
import { stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** Returns the step that asks the person about a connect request that an app made by API call. */
export function createConnectStep(deps: AccountDeps): AccountStep {
  const { connections, connectRequests, issuance, login, events } = deps;
  const agents = createAgentConnect(deps);

  async function readPending({ request, user }: Visit) {
    const { ticket } = request.query;
    const pending = typeof ticket === 'string' ? await connectRequests.find(ticket) : undefined;
    const detail = {
      en: 'This link has expired, was already used, or is for another person. Start again from the app.',
      zh: '此链接已过期、已被使用，或属于其他用户。请返回应用重新开始。',
    };
    // The connect link may have been sent to another person, whose account must not become the sender's.
    if (pending && pending.userId !== user.id) {
      const { userId, appId, connectionId } = pending;
      const connection = (await connections.findById(connectionId))?.alias;
      await events.record({ type: 'connect.refused', userId, appId, connection });
    }
    if (!pending || pending.userId !== user.id) throw new Problem('invalid_request', { detail });
    const [connection, app] = await Promise.all([
      connections.findById(pending.connectionId),
      issuance.apps.get(pending.appId),
    ]);
    if (!connection?.enabled || !app?.enabled) throw new Problem('invalid_request', { detail });
    return { pending, connection, app };
  }

  return {
    async show(visit) {
      const { request, locale, csrf } = visit;
      const found = await readPending(visit);
      const { pending, connection, app } = found;
      if (pending.refusal === null) return await agents.show(visit, found);
      const names = {
        account: accountTitle(connection.connector)[locale],
        platform: platformTitle(connection.connector)[locale],
        app: appTitle(app, locale),
      };
      return stepPage({
        locale,
        title: fill(texts.linkTitle, locale, names),
        explanation: [
          fill(texts.connectFor, locale, names),
          scopesOf(pending, fill(texts.reauthorizeScopes, locale, names)),
        ],
        action: request.originalUrl,
        button: fill(texts.linkButton, locale, names),
        csrf,
        // This address tells the app that the person declined.
        back: pending.refusal,
      });
    },
    async act(visit) {
      const { request, response, user, locale } = visit;
      const found = await readPending(visit);
      const { pending, connection } = found;
      if (pending.refusal === null) return await agents.act(visit, found);
      return await login.begin(request, response, {
        alias: connection.alias,
        resume: { kind: 'link', userId: user.id, returnTo: '/account', ticket: pending.ticketHash },
        forceLogin: false,
        forceConsent: true,
        locale,
        moreScopes: pending.scopes,
      });
    },
  };
}

function scopesOf({ scopes }: ConnectRequest, words: string) {
  return (
    scopes.length > 0 && html`${words}${scopes.map((scope) => html`<br><code>${displayText(scope)}</code>`)}`
  );
}

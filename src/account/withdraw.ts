import type { Request } from 'express';
import { displayText } from '../http/display-text.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep } from './step.ts';
import { stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** Returns the step that withdraws the consent to an app: all of it, or the use of the account at one connection. */
export function createWithdrawStep({ issuance, connections, events }: AccountDeps): AccountStep {
  async function findConsent(request: Request, userId: string): Promise<GivenConsent> {
    const given = await issuance.consents(userId);
    const found = given.find(({ clientId }) => clientId === request.params.clientId);
    if (!found) throw new Problem('not_found');
    return found;
  }

  /** Returns the connection that the query names; undefined: the whole consent is withdrawn. */
  async function namedConnection({ query }: Request): Promise<Connection | undefined> {
    if (query.connection === undefined) return undefined;
    const connection = await connections.find(String(query.connection));
    if (!connection) throw new Problem('not_found');
    return connection;
  }

  return {
    async show({ request, user, locale, csrf }) {
      const { appName } = await findConsent(request, user.id);
      const connection = await namedConnection(request);
      const [title, hint] = connection
        ? [texts.withdrawUseTitle, texts.withdrawUseHint]
        : [texts.withdrawTitle, texts.withdrawHint];
      const account = connection?.connector.title[locale] ?? '';
      const names = { app: displayText(appName), account };
      return stepPage({
        locale,
        title: fill(title, locale, names),
        explanation: [fill(hint, locale, names)],
        action: request.originalUrl,
        button: texts.withdraw[locale],
        danger: true,
        csrf,
        back: '/account',
      });
    },
    async act({ request, user }) {
      const { clientId: appId } = await findConsent(request, user.id);
      const connection = await namedConnection(request);
      await issuance.withdrawConsent(user.id, appId, connection && `idp:${connection.alias}`);
      const about = { userId: user.id, appId, connection: connection?.alias };
      await events.record({ type: 'grant.revoked', ...about });
      return '/account?notice=withdrawn';
    },
  };
}

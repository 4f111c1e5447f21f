import type { Request } from 'express';
import { accountTitle } from '../connectors/contract/names.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { appTexts as texts } from './app-texts.ts';
import { appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep } from './step.ts';
import { stepPage } from './step-pages.ts';

/** Returns the step in which a person lets an app use accounts of one connection while they are away. */
export function createBackgroundStep({ issuance, connections, events, clock }: AccountDeps): AccountStep {
  /** @throws Problem not_found unless the operator lets the app do that */
  async function find({ params }: Request) {
    const [app, connection] = await Promise.all([
      issuance.apps.stored(String(params.clientId)),
      connections.find(String(params.alias)),
    ]);
    if (!app?.enabled || !connection?.enabled) throw new Problem('not_found');
    const policy = await issuance.apps.policyNow(app.id);
    if (!policy.get(connection.id)?.background) throw new Problem('not_found');
    return { app, connection };
  }

  return {
    async show({ request, locale, csrf }) {
      const { app, connection } = await find(request);
      const names = { app: appTitle(app, locale), account: accountTitle(connection.connector)[locale] };
      return stepPage({
        locale,
        title: fill(texts.backgroundTitle, locale, names),
        explanation: [fill(texts.backgroundHint, locale, names)],
        action: request.originalUrl,
        button: texts.backgroundAllow[locale],
        csrf,
        back: '/account',
      });
    },
    async act({ request, user }) {
      const { app, connection } = await find(request);
      const pair = { userId: user.id, clientId: app.id };
      await issuance.standingScopes.allow({ ...pair, connection, at: clock.now() });
      const scopes = [`idp:${connection.alias}`];
      await events.record({
        type: 'consent.given',
        userId: user.id,
        appId: app.id,
        connection: connection.alias,
        detail: { scopes, background: true },
      });
      return '/account?notice=allowed';
    },
  };
}

import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { listed } from '../kit/phrases.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import { homeOf, returnOf } from './addresses.ts';
import { appTexts } from './app-texts.ts';
import { isAllowedByOperator } from './app-uses.ts';
import { readHandover } from './input.ts';
import { appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep, Visit } from './step.ts';
import { stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** Returns the step that links an account at one connection to the signed-in user. */
export function createLinkStep(deps: AccountDeps): AccountStep {
  const { connections, identities, issuance, login } = deps;

  async function requestedConnection({ request }: Visit): Promise<Connection> {
    const connection = await connections.find(String(request.params.alias));
    if (!connection?.enabled) throw new Problem('not_found');
    return connection;
  }

  /** Names the apps that will use the account without asking, while the person is away. */
  async function awayHint(connectionId: string, locale: Locale): Promise<string | undefined> {
    const apps = await issuance.apps.atConnections([connectionId]);
    const unasked = apps.filter((one) => one.background && isAllowedByOperator(one, deps));
    const names = unasked.map(({ name }) => displayText(name));
    if (names.length === 0) return undefined;
    return fill(appTexts.linkAway, locale, { apps: listed(names, locale) });
  }

  return {
    async show(visit) {
      const { request, locale, csrf } = visit;
      const { id, connector } = await requestedConnection(visit);
      const { app } = await readHandover(deps, request);
      const names = {
        account: accountTitle(connector)[locale],
        platform: platformTitle(connector)[locale],
        app: app ? appTitle(app, locale) : '',
      };
      return stepPage({
        locale,
        title: fill(texts.linkTitle, locale, names),
        explanation: [
          app && fill(texts.linkFor, locale, names),
          fill(texts.linkHint, locale, names),
          await awayHint(id, locale),
        ],
        action: request.originalUrl,
        button: fill(texts.linkButton, locale, names),
        csrf,
        back: homeOf(app) ?? '/account',
      });
    },
    async act(visit) {
      const { request, response, user, locale } = visit;
      const connection = await requestedConnection(visit);
      const { app, returnTo } = await readHandover(deps, request);
      const hasAccountHere = (await identities.ofUser(user.id)).some(
        ({ connectionId }) => connectionId === connection.id,
      );
      return await login.begin(request, response, {
        alias: connection.alias,
        resume: { kind: 'link', userId: user.id, ...returnOf(returnTo, app) },
        // A person who links a second account at this provider must be able to choose it.
        forceLogin: hasAccountHere,
        forceConsent: false,
        locale,
      });
    },
  };
}

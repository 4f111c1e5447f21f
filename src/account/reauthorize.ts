import { platformTitle } from '../connectors/contract/names.ts';
import { missingScopes } from '../connectors/contract/scope-cover.ts';
import { displayText } from '../http/display-text.ts';
import { html } from '../kit/html.ts';
import { fill } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import { homeOf, returnOf } from './addresses.ts';
import { type Handover, readHandover } from './input.ts';
import { findMine, type MyAccount } from './mine.ts';
import { accountName, appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep, Visit } from './step.ts';
import { stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** Returns the step that sends the person to the provider again: the grant has ended, or an app needs more scopes. */
export function createReauthorizeStep(deps: AccountDeps): AccountStep {
  const { login, issuance, vault } = deps;

  async function read({ request, user }: Visit): Promise<MyAccount & { readonly handover: Handover }> {
    const mine = await findMine(deps, user.id, request.params.id);
    const handover = await readHandover(deps, request);
    await requireAllowed(mine, handover);
    return { ...mine, handover };
  }

  // A link must not make a person grant more scopes than the app's policy allows. An empty list in a policy allows all.
  async function requireAllowed({ connection }: MyAccount, { app, scopes }: Handover): Promise<void> {
    if (scopes.length === 0) return;
    const policy = app && (await issuance.apps.policyOf(app.id)).get(connection.id);
    const allowed =
      policy &&
      (policy.scopes.length === 0 || missingScopes(connection.connector, policy.scopes, scopes).length === 0);
    if (!allowed)
      throw new Problem('invalid_request', {
        detail: { en: 'The app may not ask for these permissions.', zh: '该应用无权请求这些权限。' },
      });
  }

  return {
    async show(visit) {
      const { request, locale, csrf } = visit;
      const { identity, connection, handover } = await read(visit);
      const { app, scopes } = handover;
      const names = {
        account: accountName(connection, identity, locale),
        platform: platformTitle(connection.connector)[locale],
        app: app ? appTitle(app, locale) : '',
      };
      const list = scopes.map((scope) => html`<br><code>${displayText(scope)}</code>`);
      return stepPage({
        locale,
        title: fill(texts.reauthorizeTitle, locale, names),
        explanation: [
          app && fill(texts.reauthorizeFor, locale, names),
          fill(texts.reauthorizeHint, locale, names),
          scopes.length > 0 && html`${fill(texts.reauthorizeScopes, locale, names)}${list}`,
        ],
        action: request.originalUrl,
        button: texts.authoriseAgain[locale],
        csrf,
        back: homeOf(app) ?? '/account',
      });
    },
    async act(visit) {
      const { request, response, user, locale } = visit;
      const { identity, connection, handover } = await read(visit);
      const { app, returnTo } = handover;
      // Without the further scopes of other apps the new grant would lack them, and those apps would need this step again.
      const furtherScopes = await vault.furtherScopes(identity.id);
      return await login.begin(request, response, {
        alias: connection.alias,
        resume: { kind: 'link', userId: user.id, identityId: identity.id, ...returnOf(returnTo, app) },
        loginHint: identity.email ?? undefined,
        forceLogin: false,
        forceConsent: true,
        locale,
        moreScopes: [...new Set([...handover.scopes, ...furtherScopes])],
      });
    },
  };
}

import { agentsResource } from '../agents/resource.ts';
import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import { missingScopes } from '../connectors/contract/scope-cover.ts';
import type { ConnectRequest } from '../dialects/auth0/connect-requests.ts';
import { displayText } from '../http/display-text.ts';
import type { Page } from '../http/page.ts';
import type { Identity } from '../identities/identities.ts';
import type { App } from '../issuance/registry/app.ts';
import { html } from '../kit/html.ts';
import { fill, type Text } from '../kit/locale.ts';
import type { Connection } from '../login/connections.ts';
import { withNotice } from './addresses.ts';
import { accountName, appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';
import { stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** A connect request of an agent, which was checked. */
export interface AgentConnect {
  readonly pending: ConnectRequest;
  readonly connection: Connection;
  readonly app: App;
}

/**
 * Returns the step in which a person lets an agent use the accounts of one connection. An account that works is allowed with
 * one press. Otherwise the press leads to the provider.
 */
export function createAgentConnect(deps: AccountDeps) {
  const { issuer, identities, vault, issuance, login, events, clock, connectRequests } = deps;

  async function accountsOf(userId: string, { pending, connection }: AgentConnect) {
    const mine = (await identities.ofUser(userId)).filter(
      ({ connectionId }) => connectionId === connection.id,
    );
    const health = await vault.health(mine.map(({ id }) => ({ id, connection })));
    const works = ({ id }: Identity) => {
      const { state, scopes = [] } = health.get(id) ?? {};
      const isAlive = state !== undefined && state !== 'reauthorization_required' && state !== 'revoked';
      return isAlive && missingScopes(connection.connector, scopes, pending.scopes).length === 0;
    };
    return { mine, working: mine.find(works) };
  }

  return {
    async show({ request, user, locale, csrf }: Visit, found: AgentConnect): Promise<Page> {
      const { pending, connection, app } = found;
      const { mine, working } = await accountsOf(user.id, found);
      const [only] = mine.length === 1 ? mine : [];
      const names = {
        account: only ? accountName(connection, only, locale) : accountTitle(connection.connector)[locale],
        platform: platformTitle(connection.connector)[locale],
        app: appTitle(app, locale),
      };
      const list = pending.scopes.map((scope) => html`<br><code>${displayText(scope)}</code>`);
      return stepPage({
        locale,
        title: fill(words.title, locale, names),
        explanation: [
          words.hint[locale],
          !working && fill(words.leads, locale, names),
          list.length > 0 && html`${fill(texts.reauthorizeScopes, locale, names)}${list}`,
          fill(words.asked, locale, names),
        ],
        action: request.originalUrl,
        button: working ? words.allow[locale] : fill(words.goOn, locale, names),
        csrf,
        back: '/account',
      });
    },
    async act({ request, response, user, locale }: Visit, found: AgentConnect): Promise<string> {
      const { pending, connection, app } = found;
      const { mine, working } = await accountsOf(user.id, found);
      const pair = { userId: user.id, clientId: app.id };
      const api = agentsResource(issuer);
      await issuance.standingScopes.allow({ ...pair, connection, api, at: clock.now() });
      await events.record({
        type: 'consent.given',
        userId: user.id,
        appId: app.id,
        connection: connection.alias,
        detail: { scopes: [`idp:${connection.alias}`], api },
      });
      if (working) {
        await connectRequests.arrived(pending.ticketHash, working.id);
        return withNotice('/account', 'agent_allowed', issuer);
      }
      const [only] = mine.length === 1 ? mine : [];
      const further = only ? await vault.furtherScopes(only.id) : [];
      const target = { userId: user.id, ...(only && { identityId: only.id }) };
      return await login.begin(request, response, {
        alias: connection.alias,
        resume: { kind: 'link', ...target, returnTo: '/account', ticket: pending.ticketHash },
        ...(only?.email && { loginHint: only.email }),
        forceLogin: false,
        forceConsent: true,
        locale,
        moreScopes: [...new Set([...pending.scopes, ...further])],
      });
    },
  };
}

const words = {
  title: { en: '{app} asks to use your {account}', zh: '{app}请求使用您的{account}' },
  hint: {
    en: 'It may then read from this account for you. Each change there is shown to you first, unless you decide otherwise. It never receives your password or a key of the account.',
    zh: '允许后，它可以代您读取此账号的内容。每次更改都会先请您确认，除非您另行设置。它不会获得您的密码或账号密钥。',
  },
  leads: { en: 'You go to {platform} and agree there.', zh: '您将前往{platform}的授权页面并同意授权。' },
  asked: {
    en: 'Allow this only if you have just asked {app} for something with this account.',
    zh: '请仅在您刚刚让它使用此账号时允许。',
  },
  allow: { en: 'Allow', zh: '允许' },
  goOn: { en: 'Continue to {platform}', zh: '前往{platform}' },
} satisfies Record<string, Text>;

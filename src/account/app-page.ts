import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import { momentTag } from '../http/local-time.ts';
import type { Page } from '../http/page.ts';
import type { Identity } from '../identities/identities.ts';
import { oidcScopes, providerTokenScope } from '../issuance/consent/resource-servers.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import { texts as scopeTexts } from '../issuance/provider/texts.ts';
import type { AppPolicy } from '../issuance/registry/app-policy.ts';
import type { StoredApp } from '../issuance/registry/app-store.ts';
import { apiWordsIn } from '../issuance/registry/own-api-words.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { sentences } from '../kit/phrases.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import { apiUseTexts } from './api-use-texts.ts';
import { partOfSite, throughWords, useLine } from './app-list.ts';
import { appTexts } from './app-texts.ts';
import { type AppOfAccount, appsOfAccount, readKnownApps } from './app-uses.ts';
import { framed } from './frame.ts';
import { scopeList } from './identity-page.ts';
import { leftOutSection } from './left-out.ts';
import { accountName, appTitle } from './names.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';
import { texts } from './texts.ts';
import { useTexts as words } from './use-texts.ts';

/** A linked account with the app's permission for it. */
interface Permission {
  readonly identity: Identity;
  readonly connection: Connection;
  readonly app: AppOfAccount;
}

/** The scopes that people read in words of their own. */
const aboutPerson = ['profile', 'email', 'phone', 'address'] as const;

/** Returns whether a scope is an API's own, and neither of OpenID Connect nor for a linked account. */
function isOfApi(scope: string): boolean {
  return !scope.startsWith(providerTokenScope) && !oidcScopes.some((known) => known === scope);
}

/** Returns whether a scope of a resource is given to another API: its own, or for accounts that it uses on behalf of the app. */
export function isGivenToApi(scope: string, resource: string, broker: string): boolean {
  return isOfApi(scope) || (resource !== broker && scope.startsWith(providerTokenScope));
}

/** Returns the page of one app: what the person has allowed, account by account and API by API, and what it did. */
export function createAppPage(deps: AccountDeps): (visit: Visit) => Promise<Page> {
  const { issuance, identities, connections, issuer } = deps;
  const broker = `${issuer}/v1`;

  async function read({ request, user }: Visit) {
    const app = await issuance.apps.stored(String(request.params.clientId));
    if (!app) throw new Problem('not_found');
    const [mine, all] = await Promise.all([identities.allOfUser(user.id), connections.all()]);
    const known = await readKnownApps(deps, user.id, [...new Set(mine.map((one) => one.connectionId))]);
    const permissions = mine.flatMap((identity): readonly Permission[] => {
      const connection = all.find(({ id }) => id === identity.connectionId);
      if (!connection) return [];
      const about = { identityId: identity.id, connectionId: connection.id, alias: connection.alias };
      const one = appsOfAccount(known, about).find(({ clientId }) => clientId === app.id);
      return one ? [{ identity, connection, app: one }] : [];
    });
    const consent = known.consents.find(({ clientId }) => clientId === app.id);
    if (!consent && permissions.length === 0) throw new Problem('not_found');
    return { app, consent, permissions, policy: await issuance.apps.policyOf(app.id) };
  }

  /** Returns the APIs of other services that the consent names, each with its scopes. */
  async function apis(consent: GivenConsent | undefined, locale: Locale) {
    const all = await connections.all();
    const named = Object.entries(consent?.resources ?? {}).map(async ([identifier, scopes]) => {
      const others = scopes.filter((scope) => isGivenToApi(scope, identifier, broker));
      const api = await issuance.apis.byIdentifier(identifier);
      const described = others.map((name) => {
        const connection = all.find(({ alias }) => name === `${providerTokenScope}${alias}`);
        if (connection) {
          const account = accountTitle(connection.connector)[locale];
          return { name, description: fill(apiUseTexts.uses, locale, { account }) };
        }
        const known = api?.scopes.find((scope) => scope.name === name);
        return { name, description: known?.description ?? '' };
      });
      return { identifier, name: api?.name ?? identifier, scopes: described };
    });
    return (await Promise.all(named)).filter(({ scopes }) => scopes.length > 0);
  }

  return async (visit) => {
    const { user, locale } = visit;
    const { app, consent, permissions, policy } = await read(visit);
    const path = `/account/apps/${encodeURIComponent(app.id)}`;
    const title = appTitle(app, locale);
    const facts = [
      app.firstParty &&
        html`<p class="quiet">${sentences([`${partOfSite(locale)}${locale === 'zh' ? '。' : '.'}`, words.onlyUnlink[locale]], locale)}</p>`,
      consent && html`<p class="quiet">${words.appSince[locale]} ${momentTag(consent.at, visit)}</p>`,
    ];
    const profile = aboutPerson.filter((scope) => consent?.scopes.includes(scope) && scope in scopeTexts);
    const known = scopeTexts as Readonly<Record<string, { en: string; zh: string }>>;
    const about =
      profile.length > 0 &&
      html`<h2>${words.profileScopes[locale]}</h2><ul class="card">${profile.map((scope) => html`<li>${known[scope]?.[locale]}</li>`)}</ul>`;
    const further = (await apis(consent, locale)).map(
      ({ identifier, name, scopes }) => html`<h2 class="name">${displayText(apiWordsIn(name, locale))}</h2>
<section class="card"><ul>${scopes.map((scope) => html`<li>${displayText(apiWordsIn(scope.description, locale)) || html`<code>${scope.name}</code>`}</li>`)}</ul>
<div class="actions"><a class="button plain danger" href="${path}/withdraw?${`${new URLSearchParams({ api: identifier })}`}">${words.withdrawOne[locale]}</a></div></section>`,
    );
    const all =
      consent &&
      html`<a class="button plain danger" href="${path}/withdraw">${words.withdrawAll[locale]}</a>`;
    const body = html`<p><a href="/account">${texts.backToAccount[locale]}</a></p>
<h1 class="name">${title}</h1>${facts}
${permissions.map((permission) => permissionPart(permission, { app, policy, path, visit }))}
${about}${further}${await leftOutSection(deps, { consent, app }, visit)}
<div class="actions">${all}
<a class="button plain" href="/account/activity?${`${new URLSearchParams({ app: app.id })}`}">${words.seeActivity[locale]}</a>
${app.homepage && html`<a class="button plain" href="${app.homepage}">${words.visit[locale]}</a>`}</div>`;
    return framed({ locale, user }, { title, body });
  };
}

interface About {
  readonly app: StoredApp;
  readonly policy: AppPolicy;
  readonly path: string;
  readonly visit: Visit;
}

/** Returns what the app may do with one account, and what it did. */
function permissionPart({ identity, connection, app }: Permission, { policy, path, visit }: About): Html {
  const { locale } = visit;
  const platform = platformTitle(connection.connector)[locale];
  const line = policy.get(connection.id);
  const api = throughWords(app, locale);
  const withdraw = `${path}/withdraw?${new URLSearchParams({ connection: connection.alias })}`;
  const away = { no: words.notAway, 'by consent': words.away, 'by operator': appTexts.awayByOperator };
  const scopes = line && line.scopes.length > 0 ? line.scopes : connection.registration.scopes;
  const requests = (line?.proxy ?? []).flatMap(({ methods, path: at, deny }) =>
    deny ? [] : `${methods.join(' ')} ${at}`,
  );
  return html`<h2 class="name"><a href="/account/identities/${identity.id}">${accountName(connection, identity, locale)}</a></h2>
<section class="card">
<p>${app.use ? useLine(app.use, visit) : words.neverUsed[locale]}</p>
<p class="quiet">${app.allowed ? away[app.away][locale] : words.former[locale]}</p>
${api && html`<p class="quiet">${api}</p>`}
${app.direct && html`<p class="quiet">${fill(line && !line.handout ? words.proxied : words.token, locale, { platform })}</p>`}
${app.direct && line && !line.handout && html`<ul>${requests.map((one) => html`<li><code>${one}</code></li>`)}</ul>`}
<h3>${words.upstream[locale]}</h3>${scopeList(connection, scopes, locale)}
${app.withdrawable && html`<div class="actions"><a class="button plain danger" href="${withdraw}">${words.withdrawOne[locale]}</a></div>`}
</section>`;
}

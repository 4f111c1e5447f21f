import { accountTitle } from '../connectors/contract/names.ts';
import { displayText } from '../http/display-text.ts';
import { providerTokenScope } from '../issuance/consent/resource-servers.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import type { App } from '../issuance/registry/app.ts';
import { apiWordsIn } from '../issuance/registry/own-api-words.ts';
import { type Html, html } from '../kit/html.ts';
import { labelled } from '../kit/phrases.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';
import { useTexts as words } from './use-texts.ts';

/** Returns what the person has left out of a consent, and a way to be asked again. */
export async function leftOutSection(
  { connections, issuance }: Pick<AccountDeps, 'connections' | 'issuance'>,
  { consent, app }: { readonly consent: GivenConsent | undefined; readonly app: Pick<App, 'firstParty'> },
  { locale, csrf }: Visit,
): Promise<Html | undefined> {
  async function nameOf(identifier: string, scope: string): Promise<string> {
    if (scope.startsWith(providerTokenScope)) {
      const connection = await connections.find(scope.slice(providerTokenScope.length));
      return connection ? accountTitle(connection.connector)[locale] : scope;
    }
    const api = await issuance.apis.byIdentifier(identifier);
    const description = api?.scopes.find(({ name }) => name === scope)?.description || scope;
    return labelled(apiWordsIn(api?.name ?? identifier, locale), apiWordsIn(description, locale), locale);
  }

  // The operator's own app gets accounts without a consent.
  const isLeftOut = (scope: string) => !app.firstParty || !scope.startsWith(providerTokenScope);
  const named = Object.entries(consent?.declined ?? {}).flatMap(([identifier, scopes]) =>
    scopes.filter(isLeftOut).map((scope) => nameOf(identifier, scope)),
  );
  if (!consent || named.length === 0) return undefined;
  const lines = (await Promise.all(named)).map(
    (name) => html`<li class="name">${displayText(name, 300)}</li>`,
  );
  const path = `/account/apps/${encodeURIComponent(consent.clientId)}/ask-again`;
  return html`<h2>${words.leftOut[locale]}</h2>
<section class="card"><ul>${lines}</ul>
<form class="actions" method="post" action="${path}">${csrf}<button class="plain">${words.askAgain[locale]}</button></form></section>`;
}

/** Returns the act after which an app asks again for what the person has left out. */
export function createAskAgain({ issuance }: Pick<AccountDeps, 'issuance'>) {
  return async ({ request, user }: Visit): Promise<string> => {
    await issuance.standingScopes.askAgain({ userId: user.id, clientId: String(request.params.clientId) });
    return '/account?notice=asks_again';
  };
}

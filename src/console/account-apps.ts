import { displayText } from '../http/display-text.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import type { AccountView, AppWithPolicy } from './account-view.ts';
import { identityTexts as texts } from './identity-texts.ts';
import { simpleTable } from './simple-table.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

interface Use {
  readonly app: string;
  readonly last_at: string;
  readonly times: number;
}

interface Consent {
  readonly app: string;
}

/** Returns the apps whose policy lists the connection, with the person's consent and their uses. */
export async function appTable({ person, account, apps }: AccountView, visit: Visit): Promise<HtmlPart> {
  const { say, zone } = visit;
  const heading = html`<h2>${say(texts.apps)}</h2>`;
  if (visit.caller.rights.namesOnly) return undefined;
  if (apps.length === 0) return html`<section class="card">${heading}<p>${say(texts.noApps)}</p></section>`;
  const params = { user: person.id, identity: account.id };
  const uses = await listOf<Use>(visit, 'GET /users/{user}/identities/{identity}/uses', params);
  const consents = await listOf<Consent>(visit, 'GET /users/{user}/consents', { user: person.id });
  const consentOf = ({ app }: AppWithPolicy) => {
    if (app.first_party) return say(texts.firstParty);
    if (!consents) return '–';
    return say(consents.some((one) => one.app === app.client_id) ? texts.consented : texts.notConsented);
  };
  const rows = apps.map((one) => {
    const use = uses?.find(({ app }) => app === one.app.client_id);
    return [
      { title: texts.app, content: html`<span class="name">${displayText(one.app.name)}</span>` },
      { title: texts.policy, content: policyWords(one, visit) },
      { title: texts.consent, content: consentOf(one) },
      { title: texts.lastUse, content: timeTag(use?.last_at, zone) },
      { title: texts.times, content: use?.times ?? 0 },
    ];
  });
  return html`<section>${heading}${simpleTable(visit, texts.apps, rows)}</section>`;
}

function policyWords({ policy }: AppWithPolicy, { say }: Visit): string {
  const { scopes, background, handout, proxy } = policy;
  return [
    scopes.length === 0 ? say(texts.allScopes) : scopes.join(' '),
    ...(background ? [say(texts.background)] : []),
    ...(handout ? [say(texts.handout)] : []),
    ...(proxy.length > 0 ? [say(texts.proxy)] : []),
  ].join(' · ');
}

/** Returns the items of an operation; undefined where this version of the API does not have it. */
async function listOf<Item>(visit: Visit, operation: string, params: Readonly<Record<string, string>>) {
  if (!visit.offers(operation)) return undefined;
  return (await visit.read<{ items: readonly Item[] }>(operation, { params })).items;
}

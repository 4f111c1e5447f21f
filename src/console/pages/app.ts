import { displayText } from '../../http/display-text.ts';
import { type Html, html } from '../../kit/html.ts';
import type { App } from '../answers.ts';
import { flowTexts } from '../app-flow-texts.ts';
import { flowsForm } from '../app-flows-form.ts';
import { aboutForm, brandingForm, policyForm, settingsForm, waysForm } from '../app-forms.ts';
import { originLines } from '../app-origin.ts';
import { appTexts as texts } from '../app-texts.ts';
import { keeperBadge } from '../drift.ts';
import { formTab } from '../form-tab.ts';
import { itemPage, stepButton, switchButtons } from '../item-page.ts';
import { listPart } from '../list-page.ts';
import { seesAll, type Tab } from '../tab-bar.ts';
import { usageTable } from '../usage-table.ts';
import type { Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';
import { eventList } from './events.ts';

const brandingTab = formTab<App>('branding', texts.branding, (visit, { client_id: app }) =>
  brandingForm(visit, '/apps/{app}/branding', { app }),
);

const tabs: readonly Tab<App>[] = [
  formTab('', texts.settings, settingsForm),
  formTab('policy', texts.policy, policyForm),
  formTab('ways', texts.ways, waysForm),
  formTab('flows', flowTexts.flows, flowsForm),
  formTab('about', texts.about, aboutForm),
  {
    ...brandingTab,
    content: async (visit, app) => html`${preview(visit, app)}${await brandingTab.content(visit, app)}`,
  },
  {
    name: 'usage',
    text: texts.usage,
    shown: seesAll,
    content: async (visit, { client_id: app }) =>
      html`${await usageTable(visit, ['retrieval'], { app })}${await agentCalls(visit, app)}`,
  },
  {
    name: 'events',
    text: texts.events,
    shown: seesAll,
    content: async (visit, { client_id: app }) =>
      html`${await listPart(visit, { ...eventList, fixed: () => ({ app }) })}`,
  },
];

/** The page of an app: what it may do, how it looks, and what it does. */
export const appPage = itemPage<App>({
  path: '/apps/:app',
  read: readApp,
  list: { path: '/console/apps', title: texts.title },
  tabs,
  listed: eventList,
  name: ({ name }) => displayText(name),
  about(app, visit) {
    const { say, zone } = visit;
    const { client_id: id, type, first_party: own, enabled, created_at: since } = app;
    return html`<p class="quiet"><code>${id}</code> · ${say(texts[type])} ${own && html`<span class="badge">${say(texts.firstParty)}</span>`}
<span class="badge ${enabled ? 'good' : 'bad'}">${say(enabled ? texts.enabled : texts.disabled)}</span> ${keeperBadge(app.managed_by, visit)}</p>
${since && html`<p class="quiet">${timeTag(since, zone)} · <a href="/console/identities?${new URLSearchParams({ app: id }).toString()}">${say(texts.accounts)}</a></p>`}${originLines(app, visit)}`;
  },
  acts({ enabled, type, jwks, jwks_uri }, visit) {
    const keepsSecret = (type === 'web' || type === 'service') && jwks === null && jwks_uri === null;
    const rotate = keepsSecret && stepButton(visit, 'rotate', visit.say(texts.rotate), 'plain');
    const check =
      jwks_uri !== null && stepButton(visit, 'check-keys', visit.say(flowTexts.checkKeys), 'plain');
    return html`${check}${rotate}${switchButtons(visit, enabled)}`;
  },
});

export function readApp(visit: Visit): Promise<App> {
  return visit.read<App>('GET /apps/{app}', { params: { app: visit.param('app') } });
}

/** Returns the counts of what agents want to change; undefined: the app asks for nothing. */
async function agentCalls(visit: Visit, app: string): Promise<Html | undefined> {
  const query = { counts: 'yes' };
  const { agent_calls: calls } = await visit.read<App>('GET /apps/{app}', { params: { app }, query });
  if (!calls || calls.waiting + calls.done_today === 0) return undefined;
  const { say, locale } = visit;
  return html`<h2>${say(texts.agentCalls)}</h2><dl><dt>${say(texts.agentCallsWaiting)}</dt><dd>${calls.waiting.toLocaleString(locale)}</dd>
<dt>${say(texts.agentCallsDone)}</dt><dd>${calls.done_today.toLocaleString(locale)}</dd></dl>`;
}

/** Links to the pages that people see. The challenge is that of RFC 7636 appendix B: no code is redeemed here. */
function preview(
  { say, issuer }: Visit,
  { client_id, redirect_uris: [redirect_uri], enabled }: App,
): Html | undefined {
  if (redirect_uri === undefined || !enabled) return undefined;
  const query = new URLSearchParams({
    ...{ client_id, redirect_uri, response_type: 'code', scope: 'openid', prompt: 'consent' },
    ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
  });
  return html`<p><a class="button plain" href="${issuer}/authorize?${query.toString()}">${say(texts.preview)}</a> <span class="quiet">${say(texts.previewWhat)}</span></p>`;
}

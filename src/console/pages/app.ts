import { displayText } from '../../http/display-text.ts';
import { type Html, html } from '../../kit/html.ts';
import type { App } from '../answers.ts';
import { aboutForm, brandingForm, policyForm, settingsForm, waysForm } from '../app-forms.ts';
import { appTexts as texts } from '../app-texts.ts';
import { keeperBadge } from '../drift.ts';
import { editTexts } from '../edit-texts.ts';
import { formTab } from '../form-tab.ts';
import { listPart } from '../list-page.ts';
import { canonical } from '../list-url.ts';
import { type Tab, tabAct, tabBar, tabContent } from '../tab-bar.ts';
import { usageTable } from '../usage-table.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';
import { eventList } from './events.ts';

const brandingTab = formTab<App>('branding', texts.branding, (visit, { client_id: app }) =>
  brandingForm(visit, '/apps/{app}/branding', { app }),
);

const tabs: readonly Tab<App>[] = [
  formTab('', texts.settings, settingsForm),
  formTab('policy', texts.policy, policyForm),
  formTab('ways', texts.ways, waysForm),
  formTab('about', texts.about, aboutForm),
  {
    ...brandingTab,
    content: async (visit, app) => html`${preview(visit, app)}${await brandingTab.content(visit, app)}`,
  },
  {
    name: 'usage',
    text: texts.usage,
    content: (visit, { client_id: app }) => usageTable(visit, ['retrieval'], { app }),
  },
  {
    name: 'events',
    text: texts.events,
    content: async (visit, { client_id: app }) =>
      html`${await listPart(visit, { ...eventList, fixed: () => ({ app }) })}`,
  },
];

/** The page of an app: what it may do, how it looks, and what it does. */
export const appPage: ConsolePage = {
  path: '/apps/:app',
  needs: 'configuration:read',
  needsToAct: 'configuration:change',
  async show(visit) {
    const address = canonical(visit, eventList);
    if (address !== undefined) return address;
    const app = await readApp(visit);
    // Support sees names only, which the list has.
    if (visit.caller.rights.namesOnly) return view(visit, app, html``);
    return view(visit, app, html`${tabBar(visit, app, tabs)}${await tabContent(visit, app, tabs)}`);
  },
  async act(visit) {
    const app = await readApp(visit);
    const around = (content: Html) => view(visit, app, html`${tabBar(visit, app, tabs)}${content}`);
    return await tabAct(visit, app, { tabs, view: around });
  },
};

export function readApp(visit: Visit): Promise<App> {
  return visit.read<App>('GET /apps/{app}', { params: { app: visit.param('app') } });
}

function view(visit: Visit, app: App, content: Html): View {
  const { say, zone } = visit;
  const { client_id: id, name, type, first_party: own, enabled, created_at: since } = app;
  const body = html`<p><a href="/console/apps">← ${say(texts.title)}</a></p>
<div class="head"><div><h1 class="name">${displayText(name)}</h1>
<p class="quiet"><code>${id}</code> · ${say(texts[type])} ${own && html`<span class="badge">${say(texts.firstParty)}</span>`}
<span class="badge ${enabled ? 'good' : 'bad'}">${say(enabled ? texts.enabled : texts.disabled)}</span> ${keeperBadge(app.managed_by, visit)}</p>
${since && html`<p class="quiet">${timeTag(since, zone)} · <a href="/console/identities?app=${id}">${say(texts.accounts)}</a></p>`}</div>
${acts(visit, app)}</div>
${visit.ask('done') === 'saved' && html`<p role="status" class="notice good">${say(editTexts.saved)}</p>`}
${content}`;
  return { title: displayText(name), body };
}

function acts(visit: Visit, { enabled, type, jwks }: App) {
  if (!visit.may('configuration:change')) return undefined;
  const { say, url } = visit;
  const step = (name: 'disable' | 'enable' | 'remove' | 'rotate', tone: string) =>
    html`<a class="button ${tone}" href="${url.pathname}/${name}">${say(texts[name])}</a>`;
  const keepsSecret = (type === 'web' || type === 'service') && jwks === null;
  return html`<div class="actions">${keepsSecret && step('rotate', 'plain')}${
    enabled
      ? html`${step('disable', 'danger')} <span class="quiet">${say(texts.removeFirst)}</span>`
      : html`${step('enable', 'plain')}${step('remove', 'danger')}`
  }</div>`;
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

import type { z } from 'zod';
import type { admissionAnswer } from '../../admin/app-admission.ts';
import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import { fill } from '../../kit/locale.ts';
import { labelled } from '../../kit/phrases.ts';
import { admissionTexts as texts } from '../admission-texts.ts';
import { appAddress } from '../app-origin.ts';
import { appTexts } from '../app-texts.ts';
import type { EditForm, Item } from '../edit-declaration.ts';
import { editCall, editForm, Refusal } from '../edit-form.ts';
import { saveForm } from '../edit-save.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';

type Rules = z.output<typeof admissionAnswer>;

/** The rules for apps that register themselves. */
export const appRulesPage: ConsolePage = {
  path: '/apps/rules',
  needs: 'configuration:read',
  needsToAct: 'configuration:change',
  show: (visit) => view(visit),
  async act(visit) {
    const saved = await saveForm(visit, formOf(await read(visit), visit));
    if (saved instanceof Refusal) return { ...(await view(visit, saved)), status: saved.problem.status };
    return 'view' in saved ? saved.view : `${visit.url.pathname}?done=saved`;
  },
};

const read = (visit: Visit) => visit.read<Rules>('GET /app-admission');

async function view(visit: Visit, refusal?: Refusal): Promise<View> {
  const { say, ask } = visit;
  const rules = await read(visit);
  const form = formOf(rules, visit);
  const title = say(texts.title);
  const body = html`<p><a href="/console/apps">← ${say(appTexts.title)}</a></p><h1>${title}</h1>
${ask('done') === 'saved' && html`<p class="card" role="status">${say(texts.saved)}</p>`}
<section class="card">${editForm(visit, form, refusal)}</section>
${rules.removed_apps.length > 0 && removedSection(rules.removed_apps, visit)}
<p><a href="/console/apps?registration=document&amp;registration=dynamic">${labelled(say(appTexts.title), title, visit.locale)}</a></p>
<div class="tools">${editCall(visit, form)}</div>`;
  return { title, body };
}

function removedSection(apps: Rules['removed_apps'], { say, zone }: Visit) {
  return html`<section class="card"><h2>${say(texts.removed)}</h2>
<ul>${apps.map(
    ({ client_id: id, name, removed_at: at }) =>
      html`<li><span class="name">${displayText(name)}</span> <code>${id}</code> ${timeTag(at, zone)} <a class="button plain small" href="${appAddress(id)}/restore">${say(appTexts.restore)}</a></li>`,
  )}</ul></section>`;
}

function formOf(
  { suggested_domains: suggested, removed_apps: _removed, ...rules }: Rules,
  visit: Visit,
): EditForm {
  const hint = {
    en: fill(texts.domainsHint, 'en', { domains: suggested.join(', ') }),
    zh: fill(texts.domainsHint, 'zh', { domains: suggested.join('、') }),
  };
  const options = (['off', 'listed', 'any'] as const).map((value) => ({ value, text: texts[value] }));
  return {
    operation: 'PUT /app-admission',
    item: rules satisfies Item,
    whole: true,
    about: texts.about,
    fields: [
      { name: 'metadata_documents', label: texts.documents, kind: 'choice', required: true, options },
      { name: 'domains', label: texts.domains, kind: 'lines', hint },
      { name: 'blocked_domains', label: texts.blocked, kind: 'lines', hint: texts.blockedHint },
      { name: 'dynamic_registration', label: texts.dynamic, kind: 'switch' },
      { name: 'idle_days', label: texts.idle, kind: 'number', required: true },
    ],
    reason: texts.reason,
    button: texts.save,
    reread: async () => {
      const { suggested_domains: _suggested, removed_apps: _removed, ...now } = await read(visit);
      return now;
    },
  };
}

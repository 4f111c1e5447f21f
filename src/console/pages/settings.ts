import type { z } from 'zod';
import type { brandingAnswer } from '../../admin/branding.ts';
import type { settingsAnswer } from '../../admin/settings.ts';
import { html } from '../../kit/html.ts';
import type { EditForm, Item } from '../edit-declaration.ts';
import { editCall, editForm, Refusal } from '../edit-form.ts';
import { saveForm } from '../edit-save.ts';
import { settingTexts as texts } from '../setting-texts.ts';
import type { ConsolePage, View, Visit } from '../visit.ts';

type Branding = z.output<typeof brandingAnswer>;
type Settings = z.output<typeof settingsAnswer>;

/** The looks of the deployment, which can be changed here, and settings of its environment, which cannot. */
export const settingsPage: ConsolePage = {
  path: '/settings',
  needs: 'admins:read',
  show: (visit) => view(visit),
  async act(visit) {
    const form = formOf(await read(visit), visit);
    const saved = await saveForm(nesting(visit), form);
    if (saved instanceof Refusal) return { ...(await view(visit, saved)), status: saved.problem.status };
    return 'view' in saved ? saved.view : `${visit.url.pathname}?done=saved`;
  },
};

const read = (visit: Visit) => visit.read<Branding>('GET /branding');

async function view(visit: Visit, refusal?: Refusal): Promise<View> {
  const { say, ask, may, zone } = visit;
  const [branding, settings] = await Promise.all([read(visit), visit.read<Settings>('GET /settings')]);
  const form = formOf(branding, visit);
  const title = say(texts.title);
  const days = (n: number | null) => (n === null ? say(texts.forEver) : say(texts.days, { n: `${n}` }));
  const rows = [
    [texts.address, settings.issuer],
    [texts.version, settings.version],
    [texts.keep, days(settings.audit_keep_days)],
    [texts.keepUses, days(settings.audit_keep_retrievals_days)],
    [texts.addresses, say(texts.addressDetail[settings.audit_addresses])],
    [texts.ways, settings.console_connections?.join(', ') ?? say(texts.allWays)],
    [texts.approvals, say(settings.admin_approvals ? texts.on : texts.off)],
    [texts.zone, zone.name],
  ] as const;
  const body = html`<h1>${title}</h1>
${ask('done') === 'saved' && html`<p class="card" role="status">${say(texts.saved)}</p>`}
<section class="card"><h2>${say(texts.looks)}</h2>
${branding.logo && html`<p><img src="/branding/deployment/logo?v=${branding.version}" alt="${say(texts.logo)}" height="48"></p>`}
${may('configuration:change') ? editForm(visit, form, refusal) : html`<p>${branding.name?.en ?? '–'} ${branding.name?.zh}</p>`}</section>
<section class="card"><h2>${say(texts.environment)}</h2><p class="quiet">${say(texts.environmentWhat)}</p>
<dl>${rows.map(([name, value]) => html`<dt>${say(name)}</dt><dd class="name">${value}</dd>`)}</dl></section>
<section class="card"><h2>${say(texts.code)}</h2><p>${say(texts.codeWhat)}</p><pre><code>symbolon config export > symbolon.yaml</code></pre></section>
<div class="tools">${editCall(visit, form)}</div>`;
  return { title, body };
}

/** Returns the form. The agreement, which the API has among the legal links, stands beside them. */
function formOf(branding: Branding, visit: Visit): EditForm {
  const { logo, legal } = branding;
  const item = { ...branding, agreement: legal.agreement } as unknown as Item;
  const isLogoGone = visit.field('logo.remove') !== '';
  return {
    operation: 'PUT /branding',
    item,
    whole: true,
    fixed: { logo: isLogoGone ? null : logo },
    fields: [
      { name: 'name.en', label: texts.nameEn, kind: 'text', hint: texts.nameHint },
      { name: 'name.zh', label: texts.nameZh, kind: 'text' },
      { name: 'accent', label: texts.accent, kind: 'text', hint: texts.accentHint },
      { name: 'logo', label: texts.logo, kind: 'picture', hint: texts.logoHint },
      { name: 'legal.terms', label: texts.terms, kind: 'text' },
      { name: 'legal.privacy', label: texts.privacy, kind: 'text' },
      { name: 'legal.support', label: texts.support, kind: 'text' },
      { name: 'legal.icp', label: 'ICP 备案号', kind: 'text' },
      { name: 'legal.police', label: '公安备案号', kind: 'text' },
      { name: 'agreement.version', label: texts.agreementVersion, kind: 'text', hint: texts.agreementHint },
      { name: 'agreement.url', label: texts.agreementUrl, kind: 'text' },
    ],
    button: texts.save,
    reread: async () => {
      const now = await read(visit);
      return { ...now, agreement: now.legal.agreement } as unknown as Item;
    },
  };
}

/** Puts the agreement where the API has it. */
function nesting(visit: Visit): Visit {
  return {
    ...visit,
    change(name, input = {}) {
      const { agreement = null, legal, ...body } = input.body as Record<string, unknown>;
      return visit.change(name, { ...input, body: { ...body, legal: { ...(legal as object), agreement } } });
    },
  };
}

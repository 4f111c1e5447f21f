import { html } from '../../kit/html.ts';
import type { Webhook } from '../answers.ts';
import { keeperColumn } from '../drift.ts';
import { hookFields } from '../hook-fields.ts';
import { hookTexts as texts } from '../hook-texts.ts';
import { listPage } from '../list-page.ts';
import { newPage } from '../new-page.ts';
import { secretView } from '../secret-view.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { hookBadges, readHook } from './webhook.ts';

const hooksPage = listPage<Webhook>({
  path: '/webhooks',
  operation: 'GET /webhooks',
  needs: 'configuration:read',
  title: texts.webhooks,
  add: { text: texts.addWebhook, path: '/console/webhooks/new', needs: 'configuration:change' },
  filters: [],
  columns: [
    {
      title: texts.url,
      cell: ({ id, url = id }) => html`<a class="name" href="/console/webhooks/${id}">${url}</a>`,
    },
    { title: texts.description, cell: ({ description }) => description },
    { title: texts.state, cell: (hook, visit) => hookBadges(hook, visit) },
    { title: texts.pending, cell: ({ pending }) => pending },
    keeperColumn,
  ],
  empty: texts.noWebhooks,
  idOf: ({ id }) => id,
});

const newHookPage = newPage<Webhook & { readonly secret: string }>({
  path: '/webhooks/new',
  title: texts.addWebhook,
  list: { path: '/console/webhooks', title: texts.webhooks },
  form: {
    operation: 'POST /webhooks',
    whole: true,
    fields: hookFields.map((field) =>
      field.name === 'events' ? { ...field, hint: texts.typesHint } : field,
    ),
    button: texts.addWebhook,
  },
  after: (visit, { id, secret }) => secretView(visit, { secret, onward: `/console/webhooks/${id}` }),
});

const common = {
  needs: 'configuration:change',
  read: readHook,
  reason: 'none',
  keeper: ({ managed_by }: Webhook) => managed_by,
  back: (visit: Visit) => `/console/webhooks/${visit.param('webhook')}`,
} as const;
const call = ({ id, version }: Webhook) => ({ params: { webhook: id }, edit: { ifMatch: String(version) } });

const switchStep = (name: 'pause' | 'resume', enabled: boolean): ConsolePage =>
  stepPage<Webhook>({
    ...common,
    path: `/webhooks/:webhook/${name}`,
    operation: 'PATCH /webhooks/{webhook}',
    title: (_hook, { say }) => say(texts[`${name}Title`]),
    explain: ({ url }, { say }) => [html`<code>${url}</code>`, say(texts[`${name}What`])],
    button: texts[name],
    input: (hook) => ({ ...call(hook), body: { enabled } }),
  });

/** The list of webhooks, a new one, and the steps that change whether one works, and its secret. */
export const hookPages: readonly ConsolePage[] = [
  hooksPage,
  newHookPage,
  switchStep('pause', false),
  switchStep('resume', true),
  stepPage<Webhook>({
    ...common,
    path: '/webhooks/:webhook/rotate',
    operation: 'POST /webhooks/{webhook}/secret',
    title: (_hook, { say }) => say(texts.rotateTitle),
    explain: ({ url }, { say }) => [html`<code>${url}</code>`, say(texts.rotateWhat)],
    button: texts.rotate,
    danger: true,
    reason: 'required',
    input: call,
    after: (visit, { answer }) =>
      secretView(visit, { secret: (answer as { secret: string }).secret, onward: common.back(visit) }),
  }),
  stepPage<Webhook>({
    ...common,
    path: '/webhooks/:webhook/remove',
    operation: 'DELETE /webhooks/{webhook}',
    title: ({ url }, { say }) => say(texts.removeTitle, { name: url }),
    explain: (_hook, { say }) => [say(texts.removeHookWhat)],
    button: texts.remove,
    danger: true,
    reason: 'required',
    typed: ({ url }) => new URL(url).host,
    fresh: true,
    input: call,
    after: () => '/console/webhooks',
  }),
];

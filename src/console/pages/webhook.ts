import { type Html, html } from '../../kit/html.ts';
import type { Delivery, Webhook } from '../answers.ts';
import { keeperBadge } from '../drift.ts';
import { editTexts } from '../edit-texts.ts';
import { formTab } from '../form-tab.ts';
import { hookFields } from '../hook-fields.ts';
import { hookTexts as texts } from '../hook-texts.ts';
import { itemPage, stepButton } from '../item-page.ts';
import type { Filter, ListDeclaration } from '../list-declaration.ts';
import { listPart } from '../list-page.ts';
import { seesAll, type Tab } from '../tab-bar.ts';
import type { Visit } from '../visit.ts';
import { timeTag } from '../zone.ts';

const deliveryState: Filter = {
  name: 'state',
  label: texts.state,
  kind: 'choice',
  words: { pending: texts.pending, delivered: texts.delivered, failed: texts.failed },
};

const deliveries = ({ id }: Webhook): ListDeclaration<Delivery> => ({
  path: `/webhooks/${id}`,
  operation: `GET /webhooks/{webhook}/deliveries`,
  params: () => ({ webhook: id }),
  needs: 'configuration:read',
  title: texts.deliveries,
  filters: [deliveryState],
  columns: [
    { title: texts.type, cell: ({ type }) => html`<code>${type}</code>` },
    {
      title: texts.event,
      cell: ({ event }) => html`<a href="/console/events/${event}"><code>${event}</code></a>`,
    },
    {
      title: texts.state,
      cell: ({ state }, { say }) => html`<span class="badge ${tones[state]}">${say(texts[state])}</span>`,
    },
    { title: texts.attempts, cell: ({ attempts }) => attempts },
    { title: texts.last, cell: ({ last_status: status, last_error: error }) => status ?? error ?? '–' },
    { title: texts.next, cell: ({ next_try_at: at }, { zone }) => timeTag(at, zone) },
    { title: texts.at, cell: ({ created_at: at }, { zone }) => timeTag(at, zone, { seconds: true }) },
    {
      title: texts.resend,
      cell: ({ event }, visit) =>
        visit.may('configuration:change') && act(visit, { name: 'resend', value: event, text: texts.resend }),
    },
  ],
  empty: texts.noDeliveries,
  idOf: ({ event }) => event,
});

const tones = { pending: 'warn', delivered: 'good', failed: 'bad' } as const;

interface Act {
  readonly name: string;
  readonly value: string;
  readonly text: (typeof texts)['test'];
}

/** Returns a form of one button, for an act that needs no page of its own. */
function act({ csrf, url, say }: Visit, { name, value, text }: Act): Html {
  return html`<form class="mover" method="post" action="${url.pathname}">${csrf}<button class="plain small" name="${name}" value="${value}">${say(text)}</button></form>`;
}

const tabs: readonly Tab<Webhook>[] = [
  {
    name: '',
    text: texts.deliveries,
    shown: seesAll,
    content: async (visit, hook) => html`${await listPart(visit, deliveries(hook))}`,
    async act(visit, { id }) {
      const delivery = visit.field('resend');
      const params = { webhook: id, delivery };
      if (delivery === '') await visit.change('POST /webhooks/{webhook}/test', { params });
      else await visit.change('POST /webhooks/{webhook}/deliveries/{delivery}/resend', { params });
      return `${visit.url.pathname}?done=sent`;
    },
  },
  formTab('settings', texts.settings, (visit, item) => ({
    operation: 'PATCH /webhooks/{webhook}',
    params: { webhook: item.id },
    item,
    fields: hookFields,
    button: editTexts.save,
    reread: () => readHook(visit),
  })),
];

/** The page of a webhook: its deliveries, and what it is sent. */
export const hookPage = itemPage<Webhook>({
  path: '/webhooks/:webhook',
  read: readHook,
  list: { path: '/console/webhooks', title: texts.webhooks },
  tabs,
  listed: { filters: [deliveryState] },
  done: { sent: texts.sent },
  name: ({ id, url = id }) => url,
  about: (
    hook,
    visit,
  ) => html`<p class="quiet"><code>${hook.id}</code> ${hookBadges(hook, visit)} ${keeperBadge(hook.managed_by, visit)}</p>
<p class="quiet">${hook.description}</p>`,
  acts({ enabled }, visit) {
    const step = (name: 'pause' | 'resume' | 'rotate' | 'remove', tone: 'plain' | 'danger') =>
      stepButton(visit, name, visit.say(texts[name]), tone);
    const test = enabled && act(visit, { name: 'test', value: 'yes', text: texts.test });
    return html`${test}${step(enabled ? 'pause' : 'resume', 'plain')}${step('rotate', 'plain')}${step('remove', 'danger')}`;
  },
});

export function readHook(visit: Visit): Promise<Webhook> {
  return visit.read<Webhook>('GET /webhooks/{webhook}', { params: { webhook: visit.param('webhook') } });
}

/** Returns whether it works, as badges. */
export function hookBadges(
  { enabled, failing_since: failing, paused_until: paused }: Webhook,
  { say, zone }: Visit,
): Html {
  return html`<span class="badge ${enabled ? 'good' : 'bad'}">${say(enabled ? texts.on : texts.off)}</span>
${failing && html`<span class="badge bad">${say(texts.failing)} ${timeTag(failing, zone)}</span>`} ${paused && html`<span class="quiet">${say(texts.pausedUntil)} ${timeTag(paused, zone)}</span>`}`;
}

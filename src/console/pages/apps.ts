import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import type { App } from '../answers.ts';
import { appTexts as texts } from '../app-texts.ts';
import { listPage } from '../list-page.ts';
import { timeTag } from '../zone.ts';

/** The list of apps, or of those that can be restored. */
export const appsPage = listPage<App>({
  path: '/apps',
  operation: 'GET /apps',
  needs: 'configuration:read',
  title: texts.title,
  add: { text: texts.add, path: '/console/apps/new', needs: 'configuration:change' },
  filters: [
    {
      name: 'removed',
      label: texts.removedShow,
      kind: 'choice',
      options: () => [{ value: 'true', text: texts.removedOnly }],
    },
  ],
  columns: [
    {
      title: texts.app,
      cell: ({ client_id: id, name, removed_at: removed }, { say }) => {
        if (removed)
          return html`<span class="name">${displayText(name)}</span> <a class="button plain small" href="/console/apps/${id}/restore">${say(texts.restore)}</a>`;
        // Support sees names only.
        return id
          ? html`<a class="name" href="/console/apps/${id}">${displayText(name)}</a>`
          : displayText(name);
      },
    },
    { title: texts.clientId, cell: ({ client_id: id }) => id && html`<code>${id}</code>` },
    {
      title: texts.type,
      cell: ({ type, first_party: own }, { say }) =>
        html`${say(texts[type])} ${own && html`<span class="badge">${say(texts.firstParty)}</span>`}`,
    },
    {
      title: texts.policyCount,
      cell: ({ connections = [] }) => connections.map(({ connection }) => connection).join(', '),
    },
    {
      title: { en: 'State', zh: '状态' },
      cell: ({ enabled, removed_at: removed }, { say, zone }) =>
        removed
          ? html`${say(texts.removed)} ${timeTag(removed, zone)}`
          : html`<span class="badge ${enabled ? 'good' : 'bad'}">${say(enabled ? { en: 'enabled', zh: '已启用' } : { en: 'disabled', zh: '已停用' })}</span>`,
    },
    {
      title: { en: 'Managed by', zh: '维护方' },
      cell: ({ managed_by: keeper }) => keeper && html`<span class="keeper">${keeper}</span>`,
    },
  ],
  empty: texts.none,
  idOf: ({ client_id: id }) => id,
});

import { mostConsents } from '../../admin/app-shapes.ts';
import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import { admissionTexts } from '../admission-texts.ts';
import type { App } from '../answers.ts';
import { appAddress, originCell, originWords } from '../app-origin.ts';
import { appTexts as texts } from '../app-texts.ts';
import { connectionOptions } from '../connection-options.ts';
import { keeperColumn, keeperFilter } from '../drift.ts';
import { listPage } from '../list-page.ts';
import { timeTag } from '../zone.ts';

/** The list of apps, or of those that can be restored. */
export const appsPage = listPage<App>({
  path: '/apps',
  operation: 'GET /apps',
  needs: 'configuration:read',
  title: texts.title,
  add: { text: texts.add, path: '/console/apps/new', needs: 'configuration:change' },
  beside: { text: admissionTexts.link, path: '/console/apps/rules', needs: 'configuration:read' },
  exports: { list: 'apps' },
  fixed: () => ({ counts: 'yes' }),
  filters: [
    { name: 'q', label: texts.search, kind: 'text' },
    {
      name: 'type',
      label: texts.type,
      kind: 'several',
      words: { web: texts.web, spa: texts.spa, native: texts.native, service: texts.service },
    },
    {
      name: 'connection',
      label: texts.policyCount,
      kind: 'several',
      bySetting: true,
      options: connectionOptions,
    },
    {
      name: 'first_party',
      label: texts.runBy,
      kind: 'choice',
      bySetting: true,
      words: { true: texts.firstPartyOnly, false: texts.thirdPartyOnly },
    },
    {
      name: 'enabled',
      label: texts.state,
      kind: 'choice',
      words: { true: texts.enabled, false: texts.disabled },
    },
    {
      name: 'registration',
      label: admissionTexts.origin,
      kind: 'several',
      more: true,
      bySetting: true,
      words: originWords,
    },
    keeperFilter,
    {
      name: 'removed',
      label: texts.removedShow,
      kind: 'choice',
      more: true,
      words: { true: texts.removedOnly },
    },
  ],
  columns: [
    {
      title: texts.app,
      cell: ({ client_id: id, name, removed_at: removed }, { say }) => {
        if (removed)
          return html`<span class="name">${displayText(name)}</span> <a class="button plain small" href="${appAddress(id)}/restore">${say(texts.restore)}</a>`;
        // Support sees names only.
        return id
          ? html`<a class="name" href="${appAddress(id)}">${displayText(name)}</a>`
          : displayText(name);
      },
    },
    { title: texts.clientId, cell: ({ client_id: id }) => id && html`<code>${id}</code>` },
    {
      title: texts.type,
      cell: ({ type, first_party: own }, { say }) =>
        html`${say(texts[type])} ${own && html`<span class="badge">${say(texts.firstParty)}</span>`}`,
    },
    { title: admissionTexts.origin, cell: (app, visit) => originCell(app, visit) },
    {
      title: texts.policyCount,
      cell: ({ connections = [] }) => connections.map(({ connection }) => connection).join(', '),
    },
    {
      title: texts.consents,
      cell: ({ consents = 0 }, { say, locale }) =>
        consents < mostConsents
          ? consents.toLocaleString(locale)
          : say(texts.consentsMost, { most: (mostConsents - 1).toLocaleString(locale) }),
    },
    {
      title: texts.state,
      cell: ({ enabled, removed_at: removed }, { say, zone }) =>
        removed
          ? html`${say(texts.removed)} ${timeTag(removed, zone)}`
          : html`<span class="badge ${enabled ? 'good' : 'bad'}">${say(enabled ? texts.enabled : texts.disabled)}</span>`,
    },
    keeperColumn,
  ],
  empty: texts.none,
  idOf: ({ client_id: id }) => id,
});

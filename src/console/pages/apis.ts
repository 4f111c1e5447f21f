import { html } from '../../kit/html.ts';
import type { Api } from '../answers.ts';
import { scopesField } from '../api-fields.ts';
import { keeperColumn } from '../drift.ts';
import { hookTexts as texts } from '../hook-texts.ts';
import { listPage } from '../list-page.ts';
import { newPage } from '../new-page.ts';

/** The list of APIs. */
export const apisPage = listPage<Api>({
  path: '/apis',
  operation: 'GET /apis',
  needs: 'configuration:read',
  title: texts.apis,
  add: { text: texts.addApi, path: '/console/apis/new', needs: 'configuration:change' },
  filters: [],
  columns: [
    {
      title: texts.name,
      cell: ({ id, name }) => html`<a class="name" href="/console/apis/${id}">${name}</a>`,
    },
    { title: texts.identifier, cell: ({ identifier }) => html`<code>${identifier}</code>` },
    { title: texts.format, cell: ({ access_token_format: format }) => format },
    keeperColumn,
  ],
  empty: texts.noApis,
  idOf: ({ id }) => id,
});

/** Registers an API. */
export const newApiPage = newPage<Api>({
  path: '/apis/new',
  title: texts.addApi,
  list: { path: '/console/apis', title: texts.apis },
  form: {
    operation: 'POST /apis',
    whole: true,
    fields: [
      {
        name: 'identifier',
        label: texts.identifier,
        kind: 'text',
        required: true,
        hint: texts.identifierHint,
      },
      { name: 'name', label: texts.name, kind: 'text', required: true },
      scopesField,
    ],
    button: texts.addApi,
  },
  after: (_visit, { id }) => `/console/apis/${id}`,
});

import type { App } from '../answers.ts';
import { basicFields } from '../app-forms.ts';
import { appTexts as texts } from '../app-texts.ts';
import { newPage } from '../new-page.ts';
import { secretView } from '../secret-view.ts';

const types = ['web', 'spa', 'native', 'service'] as const;

/** Registers an app. The answer has its secret, this once. */
export const newAppPage = newPage<App & { readonly client_secret: string | null }>({
  path: '/apps/new',
  title: texts.add,
  list: { path: '/console/apps', title: texts.title },
  form: {
    operation: 'POST /apps',
    whole: true,
    item: { type: 'web' },
    fields: [
      {
        name: 'type',
        label: texts.type,
        kind: 'choice',
        required: true,
        options: types.map((value) => ({ value, text: texts[value] })),
      },
      ...basicFields,
    ],
    button: texts.add,
  },
  after(visit, { client_id: id, client_secret: secret }) {
    const onward = `/console/apps/${id}?tab=policy`;
    return secret === null ? onward : secretView(visit, { secret, id, onward });
  },
});

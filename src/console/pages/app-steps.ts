import { displayText } from '../../http/display-text.ts';
import { Problem } from '../../kit/problem.ts';
import type { App } from '../answers.ts';
import { appAddress } from '../app-origin.ts';
import { appTexts as texts } from '../app-texts.ts';
import { secretView } from '../secret-view.ts';
import { stepPage } from '../step-page.ts';
import type { ConsolePage, Visit } from '../visit.ts';
import { readApp } from './app.ts';
import { checkKeysStep } from './app-keys.ts';

const paramsOf = (visit: Visit) => ({ app: visit.param('app') });
const edit = ({ version }: App) => ({ ifMatch: String(version) });
const common = {
  needs: 'configuration:change',
  read: readApp,
  reason: 'none',
  keeper: ({ managed_by }: App) => managed_by,
  back: (visit: Visit) => appAddress(visit.param('app')),
} as const;

const titled = (name: 'rotate' | 'disable' | 'enable' | 'remove' | 'restore') => ({
  path: `/apps/:app/${name}`,
  title: (app: App, visit: Visit) => visit.say(texts[`${name}Title`], { name: displayText(app.name) }),
  explain: (_app: App, { say }: Visit) => [say(texts[`${name}What`])],
  button: texts[name],
});

/** The steps that change whether an app works, and its secret. */
export const appSteps: readonly ConsolePage[] = [
  stepPage<App>({
    ...common,
    ...titled('rotate'),
    operation: 'POST /apps/{app}/secret',
    danger: true,
    reason: 'required',
    input: (app, visit) => ({ params: paramsOf(visit), edit: edit(app) }),
    after: (visit, { answer }) => {
      const { client_secret: secret } = answer as { client_secret: string };
      return secretView(visit, { secret, id: visit.param('app'), onward: common.back(visit) });
    },
  }),
  checkKeysStep,
  stepPage<App>({
    ...common,
    ...titled('disable'),
    operation: 'PATCH /apps/{app}',
    danger: true,
    input: (app, visit) => ({ params: paramsOf(visit), body: { enabled: false }, edit: edit(app) }),
  }),
  stepPage<App>({
    ...common,
    ...titled('enable'),
    operation: 'PATCH /apps/{app}',
    // An app with background access opens more as it is enabled, so that the API may ask why.
    reason: 'required',
    input: (app, visit) => ({ params: paramsOf(visit), body: { enabled: true }, edit: edit(app) }),
  }),
  stepPage<App>({
    ...common,
    ...titled('remove'),
    operation: 'DELETE /apps/{app}',
    danger: true,
    reason: 'required',
    refuse: ({ enabled }) => (enabled ? texts.removeFirst : undefined),
    typed: ({ name }) => displayText(name),
    fresh: true,
    input: (app, visit) => ({ params: paramsOf(visit), edit: edit(app) }),
    after: () => '/console/apps',
  }),
  stepPage<App>({
    ...common,
    ...titled('restore'),
    operation: 'POST /apps/{app}/restore',
    async read(visit) {
      const query = { removed: 'true', limit: '200', q: visit.param('app') };
      const { items } = await visit.read<{ items: readonly App[] }>('GET /apps', { query });
      const app = items.find(({ client_id: id }) => id === visit.param('app'));
      if (!app) throw new Problem('not_found');
      return app;
    },
    input: (_app, visit) => ({ params: paramsOf(visit) }),
    back: () => '/console/apps?removed=true',
    after: (visit) => common.back(visit),
  }),
];

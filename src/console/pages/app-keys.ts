import { displayText } from '../../http/display-text.ts';
import { html } from '../../kit/html.ts';
import type { App } from '../answers.ts';
import { flowTexts as texts } from '../app-flow-texts.ts';
import { appAddress } from '../app-origin.ts';
import { stepPage } from '../step-page.ts';
import type { Visit } from '../visit.ts';
import { readApp } from './app.ts';

interface Found {
  readonly ok: boolean;
  readonly problem: string | null;
  readonly keys: readonly {
    readonly kid: string | null;
    readonly kty: string;
    readonly alg: string | null;
  }[];
}

const back = (visit: Visit) => `${appAddress(visit.param('app'))}?tab=flows`;

/** Fetches the keys that an app publishes, and shows what the address gives. */
export const checkKeysStep = stepPage<App>({
  path: '/apps/:app/check-keys',
  needs: 'configuration:change',
  operation: 'POST /apps/{app}/keys/check',
  read: readApp,
  reason: 'none',
  title: (app, visit) => visit.say(texts.checkKeysTitle, { name: displayText(app.name) }),
  explain: ({ jwks_uri }, { say }) => [say(texts.checkKeysWhat, { address: displayText(jwks_uri, 300) })],
  button: texts.checkKeys,
  input: (_app, visit) => ({ params: { app: visit.param('app') } }),
  back,
  after(visit, { answer }) {
    const { ok, problem, keys } = answer as Found;
    const { say } = visit;
    const title = say(ok ? texts.keysFound : texts.keysMissing);
    const lines = keys.map(
      ({ kid, kty, alg }) => html`<li><code>${displayText(kid ?? '—')}</code> ${displayText(alg ?? kty)}</li>
`,
    );
    const body = html`<h1>${title}</h1>
${problem !== null && html`<p class="notice" lang="en">${displayText(problem, 300)}</p>`}
<ul>${lines}</ul>
<p class="actions"><a class="button" href="${back(visit)}">${say(texts.back)}</a></p>`;
    return { title, body };
  },
});

import { type Html, html } from '../kit/html.ts';
import type { Connection } from './answers.ts';
import { credentialsForm } from './connection-forms.ts';
import { connectionTexts as texts } from './connection-texts.ts';
import { type Check, findingList, providerTitle } from './connection-view.ts';
import { editCall, editForm, Refusal } from './edit-form.ts';
import { saveForm } from './edit-save.ts';
import { lastCheck } from './health-share.ts';
import { listTexts } from './list-texts.ts';
import type { Tab } from './tab-bar.ts';
import type { Visit } from './visit.ts';

interface Found {
  readonly check?: Check;
  readonly refusal?: Refusal;
}

/** Returns the steps from the registration at the provider to a sign-in that works. */
export function setupSteps(visit: Visit, one: Connection, { check, refusal }: Found = {}): Html {
  const { say, locale, csrf, issuer, url } = visit;
  const provider = providerTitle(one.provider)[locale];
  const mayChange = visit.may('configuration:change');
  const tryIt = `${issuer}/account/login?${new URLSearchParams({ fresh: '1', connection: one.alias })}`;
  const works = one.enabled && one.for === 'login';
  const last = one.health?.last_check;
  const before =
    last &&
    html`<p><span class="quiet">${say(texts.lastCheck)}</span> ${lastCheck(last, visit)}</p>${findingList(last, visit)}`;
  const results = check
    ? html`<div role="status"><p>${check.ok && html`<span class="badge good">${say(texts.allGood)}</span>`}</p>${findingList(check, visit)}</div>`
    : before;
  return html`<ol class="steps">
<li class="card"><h2>${say(texts.step1, { provider })}</h2><p>${say(texts.step1What)}</p>
${addressLine(visit, texts.redirectUri, one.redirect_uri)}${one.signals_url && addressLine(visit, texts.signalsUrl, one.signals_url)}
<p class="quiet">${say(texts.guide, { provider: one.provider })}</p></li>
${
  mayChange &&
  html`<li class="card"><h2>${say(texts.step2)}</h2>${editForm(visit, credentialsForm(visit, one), refusal)}</li>
<li class="card"><h2>${say(texts.step3)}</h2><p>${say(texts.step3What)}</p>${results}
<form method="post" action="${url.pathname}">${csrf}<button class="plain" name="act" value="check">${say(texts.check)}</button></form></li>`
}
<li class="card"><h2>${say(texts.step4)}</h2>${
    works
      ? html`<p>${say(texts.step4What)}</p>${addressLine(visit, undefined, tryIt)}`
      : html`<p>${say(texts.step4Off)}</p>`
  }</li></ol>
${mayChange && html`<div class="tools">${editCall(visit, credentialsForm(visit, one))}</div>`}`;
}

/** Returns an address to copy. */
export function addressLine(
  { say }: Visit,
  label: (typeof texts)['redirectUri'] | undefined,
  value: string,
): Html {
  return html`<p class="copy">${label && html`<span class="quiet">${say(label)}</span>`} <code>${value}</code>
<button type="button" class="plain small" data-copy="${value}" data-js hidden>${say(listTexts.copy)}</button></p>`;
}

/** Checks the connection, or saves the client id and the secret. */
export const setupAct: NonNullable<Tab<Connection>['act']> = async (visit, one) => {
  if (visit.field('act') === 'check') {
    const params = { connection: one.id };
    const check = await visit.read<Check>('POST /connections/{connection}/check', { params });
    return { again: setupSteps(visit, one, { check }), status: 200 };
  }
  const saved = await saveForm(visit, credentialsForm(visit, one));
  if (saved instanceof Refusal)
    return { again: setupSteps(visit, one, { refusal: saved }), status: saved.problem.status };
  return 'view' in saved ? saved.view : `${visit.url.pathname}?done=saved`;
};

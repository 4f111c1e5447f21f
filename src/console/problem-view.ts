import { html } from '../kit/html.ts';
import type { Problem } from '../kit/problem.ts';
import { currentRequestId } from '../kit/request-context.ts';
import { frameTexts as texts } from './frame-texts.ts';
import { texts as roleTexts } from './texts.ts';
import type { View, Visit } from './visit.ts';

/** Returns the page for a refused call, with the reference by which its events are found. */
export function problemView(problem: Problem, { locale, caller, say }: Visit): View {
  const isRole = ['forbidden', 'insufficient_scope'].includes(problem.code);
  const found = ['not_found', 'identity_not_found'].includes(problem.code)
    ? texts.notFoundTitle
    : texts.failedTitle;
  const title = (isRole ? texts.mayNotTitle : found)[locale];
  const role = isRole && html`<p>${say(texts.mayNot, { role: roleTexts[caller.role][locale] })}</p>`;
  const body = html`<h1>${title}</h1>
<p role="alert">${problem.sentence[locale]}</p>
${role}<p class="actions"><a class="button plain" href="/console">${texts.toOverview[locale]}</a></p>
<p class="quiet">${texts.reference[locale]} <code>${problem.code}</code> · <code>${currentRequestId()}</code></p>`;
  return { title, body, status: problem.status };
}

import type Provider from 'oidc-provider';
import type { Page } from '../../http/page.ts';
import { sendPage } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import { type Locale, localeOf } from '../../kit/locale.ts';
import { fillHtml } from '../../kit/phrases.ts';
import { Problem } from '../../kit/problem.ts';
import type { Agreement, IssuanceDeps } from '../ports.ts';
import { agreementTexts as texts } from '../provider/agreement-texts.ts';
import { agreementPrompt } from '../provider/interaction-policy.ts';
import { type Interaction, interactionGone, textParam } from './find-interaction.ts';
import { bindingOf, type Step, type StepCall } from './step.ts';

export interface AgreementStepDeps extends Pick<IssuanceDeps, 'agreement' | 'csrf' | 'events'> {
  readonly provider: () => Provider;
}

/**
 * Returns the step in which a person accepts the deployment's agreement. It comes after the sign-in at the provider, since
 * the acceptance is the person's, and before an app gets anything. The box is not ticked in advance.
 */
export function createAgreementStep({ agreement, csrf, events, provider }: AgreementStepDeps): {
  readonly show: Step;
  readonly accept: Step;
} {
  const showPage = async (call: StepCall, asked: Agreement, isReminder: boolean) => {
    const { interaction, request, response } = call;
    const locale = localeOf(request, textParam(interaction, 'ui_locales'));
    const token = csrf.field(bindingOf(interaction));
    const page = agreementPage({ uid: interaction.uid, asked, token, locale, isReminder });
    sendPage(response, page, isReminder ? 400 : 200);
  };

  const goOn = async ({ request, response }: StepCall, version: string | null): Promise<void> => {
    const result = { [agreementPrompt]: { version } };
    const merge = { mergeWithLastSubmission: true };
    response.redirect(303, await provider().interactionResult(request, response, result, merge));
  };

  return {
    async show(call) {
      const userId = personOf(call.interaction);
      const asked = await agreement.pending(userId);
      // The person has accepted it in another tab, or the deployment asks for none any more.
      if (asked) await showPage(call, asked, false);
      else await goOn(call, null);
    },
    async accept(call) {
      if (call.interaction.prompt.name !== agreementPrompt) throw interactionGone();
      const userId = personOf(call.interaction);
      const asked = await agreement.pending(userId);
      if (!asked) return await goOn(call, null);
      // A version that changed while the page was open is shown first.
      if (call.field('version') !== asked.version) return await showPage(call, asked, false);
      if (call.field('agree') !== 'yes') return await showPage(call, asked, true);
      if (await agreement.accept(userId, asked.version))
        await events.record({ type: 'agreement.accepted', userId, detail: { version: asked.version } });
      await goOn(call, asked.version);
    },
  };
}

function personOf({ session }: Interaction): string {
  if (session?.accountId === undefined) throw new Problem('login_required');
  return session.accountId;
}

interface AgreementPage {
  readonly uid: string;
  readonly asked: Agreement;
  readonly token: Html;
  readonly locale: Locale;
  /** The person has gone on without a tick. */
  readonly isReminder: boolean;
}

function agreementPage({ uid, asked, token, locale, isReminder }: AgreementPage): Page {
  const title = texts.title[locale];
  const link = (url: string) => (value: string) =>
    html`<a href="${url}" target="_blank" rel="noopener">${value}</a>`;
  const sentence = fillHtml(
    asked.privacy ? texts.agreeBoth : texts.agree,
    locale,
    { agreement: texts.agreement[locale], privacy: texts.privacy[locale] },
    (value, name) => link(name === 'privacy' ? (asked.privacy ?? asked.url) : asked.url)(value),
  );
  const body = html`<h1>${title}</h1>
${isReminder && html`<p class="notice" role="alert">${texts.tick[locale]}</p>`}
<form class="stack" method="post" action="/interaction/${uid}/agreement">
${token}
<input type="hidden" name="version" value="${asked.version}">
<label class="tick"><input type="checkbox" name="agree" value="yes"> <span>${sentence}</span></label>
<p class="quiet">${fillHtml(texts.version, locale, { version: asked.version })}</p>
<button>${texts.goOn[locale]}</button>
</form>
<form class="stack" method="post" action="/interaction/${uid}/cancel">
${token}
<button class="plain">${texts.decline[locale]}</button>
</form>`;
  return { title, locale, body };
}

import type Provider from 'oidc-provider';
import { displayText } from '../../http/display-text.ts';
import type { Page } from '../../http/page.ts';
import { sendPage } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import { fill, type Locale, localeOf } from '../../kit/locale.ts';
import { fillHtml } from '../../kit/phrases.ts';
import type { Agreement, IssuanceDeps } from '../ports.ts';
import { agreementTexts as texts } from '../provider/agreement-texts.ts';
import { agreementPrompt } from '../provider/interaction-policy.ts';
import { partiesOf } from './consent.ts';
import { type Interaction, interactionGone, textParam } from './find-interaction.ts';
import { bindingOf, type Step, type StepCall } from './step.ts';

export interface AgreementStepDeps extends Pick<IssuanceDeps, 'agreement' | 'branding' | 'csrf' | 'events'> {
  readonly appNameOf: (interaction: Interaction, locale: Locale) => Promise<string>;
  readonly provider: () => Provider;
}

/**
 * Returns the step in which a person accepts the agreement of the deployment, and then of the app. It comes after the sign-in at the provider, since
 * the acceptance is the person's, and before an app gets anything. The box is not ticked in advance.
 */
export function createAgreementStep(deps: AgreementStepDeps): {
  readonly show: Step;
  readonly accept: Step;
} {
  const { agreement, csrf, events, provider } = deps;
  const showPage = async (call: StepCall, asked: Agreement, isReminder: boolean) => {
    const { interaction, request, response } = call;
    const locale = localeOf(request, textParam(interaction, 'ui_locales'));
    const token = csrf.field(bindingOf(interaction));
    const [appName, looks] =
      asked.app === null
        ? []
        : await Promise.all([deps.appNameOf(interaction, locale), deps.branding?.of(asked.app)]);
    const page = agreementPage({ uid: interaction.uid, asked, appName, token, locale, isReminder });
    sendPage(response, { ...page, app: looks }, isReminder ? 400 : 200);
  };

  const goOn = async ({ request, response }: StepCall, version: string | null): Promise<void> => {
    const result = { [agreementPrompt]: { version } };
    const merge = { mergeWithLastSubmission: true };
    response.redirect(303, await provider().interactionResult(request, response, result, merge));
  };

  return {
    async show(call) {
      const { userId, clientId } = partiesOf(call.interaction);
      const asked = await agreement.pending(userId, clientId);
      // The person has accepted it in another tab, or the deployment asks for none any more.
      if (asked) await showPage(call, asked, false);
      else await goOn(call, null);
    },
    async accept(call) {
      if (call.interaction.prompt.name !== agreementPrompt) throw interactionGone();
      const { userId, clientId } = partiesOf(call.interaction);
      const asked = await agreement.pending(userId, clientId);
      if (!asked) return await goOn(call, null);
      // A version that changed while the page was open is shown first, and so is the agreement of the other party.
      const isShown =
        call.field('version') === asked.version && (call.field('of') ?? '') === (asked.app ?? '');
      if (!isShown) return await showPage(call, asked, false);
      if (call.field('agree') !== 'yes') return await showPage(call, asked, true);
      if (await agreement.accept(userId, asked)) {
        const { app: appId, version } = asked;
        await events.record({
          type: 'agreement.accepted',
          userId,
          ...(appId !== null && { appId }),
          detail: { version },
        });
      }
      await goOn(call, asked.version);
    },
  };
}

interface AgreementPage {
  readonly uid: string;
  readonly asked: Agreement;
  /** The name of the app whose agreement it is. */
  readonly appName: string | undefined;
  readonly token: Html;
  readonly locale: Locale;
  /** The person has gone on without a tick. */
  readonly isReminder: boolean;
}

function agreementPage({ uid, asked, appName, token, locale, isReminder }: AgreementPage): Page {
  const title = texts.title[locale];
  const link = (url: string) => (value: string) =>
    html`<a href="${url}" target="_blank" rel="noopener">${value}</a>`;
  const named =
    appName === undefined
      ? texts.agreement[locale]
      : fill(texts.agreementOf, locale, { app: displayText(appName) });
  const sentence = fillHtml(
    asked.privacy ? texts.agreeBoth : texts.agree,
    locale,
    { agreement: named, privacy: texts.privacy[locale] },
    (value, name) => link(name === 'privacy' ? (asked.privacy ?? asked.url) : asked.url)(value),
  );
  const body = html`<h1>${title}</h1>
${isReminder && html`<p class="notice" role="alert">${texts.tick[locale]}</p>`}
<form class="stack" method="post" action="/interaction/${uid}/agreement">
${token}
<input type="hidden" name="version" value="${asked.version}">
<input type="hidden" name="of" value="${asked.app ?? ''}">
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

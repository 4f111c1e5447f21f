import { sendPage } from '../../http/page.ts';
import { isDatabaseTrouble } from '../../kit/database/database-trouble.ts';
import { localeOf, type Text } from '../../kit/locale.ts';
import type { IssuanceDeps } from '../ports.ts';
import { texts } from '../provider/texts.ts';
import { type Interaction, interactionGone, textParam } from './find-interaction.ts';
import { signInPage } from './sign-in-page.ts';
import { bindingOf, type Step, type StepCall } from './step.ts';

export interface SignInStepDeps
  extends Pick<IssuanceDeps, 'connections' | 'beginLogin' | 'csrf' | 'events' | 'log'> {
  readonly appNameOf: (interaction: Interaction) => Promise<string>;
}

/** Who are you? A chooser, or straight on to the connection that the app has named. */
export function createSignInStep(deps: SignInStepDeps): { readonly show: Step; readonly connect: Step } {
  const show = async ({ interaction, request, response }: StepCall, notice?: Notice) => {
    const [connections, appName] = await Promise.all([
      deps.connections.forSignIn(request.get('user-agent') ?? ''),
      deps.appNameOf(interaction),
    ]);
    const locale = localeOf(request, textParam(interaction, 'ui_locales'));
    const token = deps.csrf.field(bindingOf(interaction));
    const page = signInPage({ uid: interaction.uid, appName, connections, token, locale, notice });
    sendPage(response, page, notice?.status ?? 200);
  };

  const go = async (step: StepCall, alias: string) => {
    const known = (await deps.connections.forSignIn()).some((connection) => connection.alias === alias);
    if (!known) {
      await noteRefusal(alias);
      return await show(step, { status: 400, text: texts.connectionUnknown, connection: alias });
    }
    let target: string;
    try {
      target = await begin(step, alias);
    } catch (error) {
      // Ours, and soon over: no word of it is the provider's.
      if (isDatabaseTrouble(error)) throw error;
      deps.log.warn({ err: error, connection: alias }, 'a sign-in cannot be started');
      return await show(step, { status: 502, text: texts.providerFailed });
    }
    step.response.redirect(303, target);
  };

  // One that is there but switched off, or meant for linking only. A name that nobody knows is a stranger's text.
  const noteRefusal = async (alias: string) => {
    if ((await deps.connections.titleOf(alias)) === undefined) return;
    const detail = { step: 'authorize', code: 'not_offered' };
    await deps.events.record({ type: 'login.failed', connection: alias, unproven: true, detail });
  };

  const begin = ({ interaction, request, response }: StepCall, alias: string) =>
    deps.beginLogin(request, response, {
      alias,
      resume: { kind: 'interaction', uid: interaction.uid },
      loginHint: textParam(interaction, 'login_hint'),
      forceLogin: mustBeNew(interaction),
      maxAge: maxAgeOf(interaction),
      locale: localeOf(request, textParam(interaction, 'ui_locales')),
    });

  return {
    async show(step) {
      const alias = textParam(step.interaction, 'connection');
      if (alias === undefined) await show(step);
      else await go(step, alias);
    },
    async connect(step) {
      if (step.interaction.prompt.name === 'consent') throw interactionGone();
      await go(step, step.field('connection') ?? '');
    },
  };
}

interface Notice {
  readonly status: number;
  readonly text: Text;
  readonly connection?: string;
}

const newLoginReasons = new Set(['login_prompt', 'select_account_prompt']);

/** The app wants the person to prove themselves again, so an open session at the provider must not do. */
function mustBeNew({ prompt }: Interaction): boolean {
  const { reasons } = prompt;
  // With no session here, `max_age` is a reason too, and one at the provider may be young enough.
  const tooOld = reasons.includes('max_age') && !reasons.includes('no_session');
  return tooOld || reasons.some((reason) => newLoginReasons.has(reason));
}

/** How lately they must have signed in; `select_account` alone wants no proof. */
function maxAgeOf({ prompt, params }: Interaction): number | undefined {
  if (prompt.reasons.includes('login_prompt')) return 0;
  const maxAge = Number(params.max_age);
  return params.max_age === undefined || !Number.isSafeInteger(maxAge) ? undefined : maxAge;
}

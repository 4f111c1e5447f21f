import { connectionChoices } from '../../http/connection-choices.ts';
import { usedLast } from '../../http/last-used.ts';
import { sendPage } from '../../http/page.ts';
import { isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import { type Locale, localeOf, type Text } from '../../kit/locale.ts';
import type { IssuanceDeps } from '../ports.ts';
import { texts } from '../provider/texts.ts';
import type { ReadAppLooks } from '../registry/app-looks.ts';
import { type Interaction, interactionGone, textParam } from './find-interaction.ts';
import { signInPage } from './sign-in-page.ts';
import { bindingOf, type Step, type StepCall } from './step.ts';

export interface SignInStepDeps
  extends Pick<IssuanceDeps, 'connections' | 'beginLogin' | 'csrf' | 'events' | 'log' | 'branding'> {
  readonly appNameOf: (interaction: Interaction, locale: Locale) => Promise<string>;
  readonly looksOf: ReadAppLooks;
}

/** Returns the sign-in step: it shows a chooser, or goes on to the connection that the app has named. */
export function createSignInStep(deps: SignInStepDeps): { readonly show: Step; readonly connect: Step } {
  /** Returns the connections for sign-in that the app offers: those to show in this browser, in order, or all. */
  const offered = async ({ interaction, request }: StepCall, which: 'shown' | 'all') => {
    const userAgent = request.get('user-agent') ?? '';
    const [connections, { signInConnections: own }] = await Promise.all([
      deps.connections.forSignIn(which === 'shown' ? userAgent : undefined),
      deps.looksOf(textParam(interaction, 'client_id') ?? ''),
    ]);
    if (!own) return connections;
    // Inside a provider's own app, another connection may take the place of one that the app has named.
    const suitable = await Promise.all(own.map((alias) => deps.connections.suitable(alias, userAgent)));
    return connections.filter(({ alias }) => own.includes(alias) || suitable.includes(alias));
  };

  const show = async (step: StepCall, notice?: Notice) => {
    const { interaction, request, response } = step;
    const locale = localeOf(request, textParam(interaction, 'ui_locales'));
    const [connections, appName] = await Promise.all([
      offered(step, 'shown'),
      deps.appNameOf(interaction, locale),
    ]);
    const choosing = { usedLast: usedLast(request), query: request.query.q };
    const choices = connectionChoices(connections, locale, choosing);
    const token = deps.csrf.field(bindingOf(interaction));
    const count = connections.length;
    const app = await deps.branding?.of(textParam(interaction, 'client_id') ?? '');
    const page = signInPage({ uid: interaction.uid, appName, choices, count, token, locale, notice });
    sendPage(response, { ...page, app }, notice?.status ?? 200);
  };

  const signIn = async (step: StepCall, alias: string) => {
    const isOffered = (await offered(step, 'all')).some((connection) => connection.alias === alias);
    if (!isOffered) {
      // An unknown name is shown as the app has sent it, so that its developer finds the mistake.
      const title = (await recordRefusal(alias)) ?? { en: alias, zh: alias };
      return await show(step, { status: 400, text: texts.connectionUnknown, title });
    }
    let target: string;
    try {
      target = await begin(step, alias);
    } catch (error) {
      // The database is unavailable: the page must not blame the provider.
      if (isDatabaseUnavailable(error)) throw error;
      deps.log.warn({ err: error, connection: alias }, 'a sign-in cannot be started');
      return await show(step, { status: 502, text: texts.providerFailed });
    }
    step.response.redirect(303, target);
  };

  // Records a connection that exists but is disabled or for linking only. An unknown name is untrusted text.
  const recordRefusal = async (alias: string): Promise<Text | undefined> => {
    const names = await deps.connections.namesOf(alias);
    if (names === undefined) return undefined;
    const detail = { step: 'authorize', code: 'not_offered' };
    // `unproven`: the event is rate limited, since any caller can cause it.
    await deps.events.record({ type: 'login.failed', connection: alias, unproven: true, detail });
    return names.title;
  };

  const begin = ({ interaction, request, response }: StepCall, alias: string) =>
    deps.beginLogin(request, response, {
      alias,
      resume: { kind: 'interaction', uid: interaction.uid },
      loginHint: textParam(interaction, 'login_hint'),
      forceLogin: requiresNewLogin(interaction),
      maxAge: maxAgeOf(interaction),
      locale: localeOf(request, textParam(interaction, 'ui_locales')),
    });

  return {
    async show(step) {
      const alias = textParam(step.interaction, 'connection');
      if (alias === undefined) return await show(step);
      await signIn(step, await deps.connections.suitable(alias, step.request.get('user-agent') ?? ''));
    },
    async connect(step) {
      if (step.interaction.prompt.name === 'consent') throw interactionGone();
      await signIn(step, step.field('connection') ?? '');
    },
  };
}

interface Notice {
  readonly status: number;
  readonly text: Text;
  /** The connection's title, for the text. */
  readonly title?: Text;
}

const newLoginReasons = new Set(['login_prompt', 'select_account_prompt']);

/** Returns whether the app asks for a new sign-in, for which an open session at the provider is not enough. */
function requiresNewLogin({ prompt }: Interaction): boolean {
  const { reasons } = prompt;
  // Without a session here, `max_age` is a reason too, but the provider's session may be recent enough.
  const tooOld = reasons.includes('max_age') && !reasons.includes('no_session');
  return tooOld || reasons.some((reason) => newLoginReasons.has(reason));
}

/** Returns the maximum age of the sign-in in seconds. `select_account` alone requires none. */
function maxAgeOf({ prompt, params }: Interaction): number | undefined {
  if (prompt.reasons.includes('login_prompt')) return 0;
  const maxAge = Number(params.max_age);
  return params.max_age === undefined || !Number.isSafeInteger(maxAge) ? undefined : maxAge;
}

import type { AccountDeps } from './ports.ts';
import { endSession } from './session.ts';
import type { AccountStep } from './step.ts';
import { stepPage } from './step-pages.ts';
import { texts } from './texts.ts';

/** Returns the step that ends all sessions, tokens and grants of a person, this session included. */
export function createSignOutEverywhereStep(deps: AccountDeps): AccountStep {
  const { issuance, events, accountSessions } = deps;
  return {
    async show({ request, locale, csrf }) {
      return stepPage({
        locale,
        title: texts.everywhereTitle[locale],
        explanation: [texts.everywhereHint[locale], texts.everywhereStays[locale]],
        action: request.originalUrl,
        button: texts.signOutEverywhere[locale],
        danger: true,
        csrf,
        back: '/account',
      });
    },
    async act({ request, user }) {
      await issuance.revokeUser(user.id);
      // Undefined: no session is spared.
      await accountSessions.endOthers(user.id, undefined);
      await events.record({ type: 'signed_out', userId: user.id, detail: { everywhere: true } });
      await endSession(request);
      return '/account?notice=signed_out_everywhere';
    },
  };
}

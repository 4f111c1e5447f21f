import type { Request } from 'express';
import { displayText } from '../http/untrusted.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import { Problem } from '../kit/problem.ts';
import type { AccountDeps } from './ports.ts';
import type { AccountStep } from './step.ts';
import { stepPage } from './step-pages.ts';
import { fill, texts } from './texts.ts';

/** Takes back what the person has allowed an app. */
export function createWithdrawStep({ issuance }: AccountDeps): AccountStep {
  async function consent(request: Request, userId: string): Promise<GivenConsent> {
    const given = await issuance.consents(userId);
    const found = given.find(({ clientId }) => clientId === request.params.clientId);
    if (!found) throw new Problem('not_found');
    return found;
  }

  return {
    async show({ request, user, locale, csrf }) {
      const { appName } = await consent(request, user.id);
      const names = { app: displayText(appName) };
      return stepPage({
        locale,
        title: fill(texts.withdrawTitle, locale, names),
        explanation: [fill(texts.withdrawHint, locale, names)],
        action: request.originalUrl,
        button: texts.withdraw[locale],
        danger: true,
        csrf,
        back: '/account',
      });
    },
    async act({ request, user }) {
      const { clientId } = await consent(request, user.id);
      await issuance.revokeGrants(user.id, clientId);
      return '/account?notice=withdrawn';
    },
  };
}

import type { Events } from '../kit/events/events.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';

/** Returns the function that records the refusal of a disabled user, and returns the problem to throw. */
export function createRefusal(events: Events) {
  return async (userId: string, { alias }: Pick<Connection, 'alias'>): Promise<Problem> => {
    await events.record({
      type: 'login.failed',
      userId,
      connection: alias,
      actor: { kind: 'person', id: userId },
      detail: { step: 'settle', code: 'user_disabled' },
    });
    return new Problem('forbidden', {
      detail: { en: 'This account is disabled.', zh: '您的用户账号已被停用，请联系管理员。' },
    });
  };
}

import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { Download } from '../admin/download.ts';
import { type Clock, hours, seconds } from '../kit/clock.ts';
import { type Html, html } from '../kit/html.ts';
import { hashOf } from '../kit/ids.ts';
import type { Text } from '../kit/locale.ts';
import { Problem } from '../kit/problem.ts';
import type { View } from './visit.ts';

/** The answer to a form: an address, a page or a file. */
export type Outcome = View | Download | string;

/** The name of the field that tells forms apart. */
export const pressField = 'press';

/**
 * Lets each shown form act once in this process. A second press within moments gets the answer of the first; a later one, such
 * as a reload of the answer, is told so. A form that was refused may be sent again.
 */
export interface Presses {
  /** Returns the hidden field of a form. */
  field(): Html;
  /** @throws Problem conflict for a form that has acted before */
  once(request: Request, act: () => Promise<Outcome>): Promise<Outcome>;
}

/** The answer may hold a new secret, so it is kept for moments only. */
const answersFor = seconds(10);
/** No session lasts longer. */
const rememberedFor = hours(12);
/** The oldest is forgotten first, so that no program with a session fills the memory. */
const mostRemembered = 10_000;

interface Press {
  readonly at: number;
  /** Undefined: it was answered a while ago. */
  outcome: Promise<Outcome> | undefined;
}

export function createPresses(clock: Clock, most = mostRemembered): Presses {
  /** From the oldest to the newest. */
  const presses = new Map<string, Press>();

  function forget(now: number): void {
    for (const [key, { at }] of presses) {
      if (presses.size < most && now - at <= rememberedFor) return;
      presses.delete(key);
    }
  }

  return {
    field: () => html`<input type="hidden" name="${pressField}" value="${randomUUID()}">`,
    async once(request, act) {
      const { sessionID, originalUrl, body } = request;
      if (typeof (body as Readonly<Record<string, unknown>> | undefined)?.[pressField] !== 'string')
        return await act();
      const now = clock.now().getTime();
      const key = hashOf(`${sessionID} ${originalUrl} ${JSON.stringify(body)}`);
      const former = presses.get(key);
      if (former) {
        const outcome = now - former.at > answersFor ? undefined : await former.outcome;
        if (outcome === undefined) throw new Problem('conflict', { detail: sentAlready });
        // A file is read once.
        return outcome instanceof Download ? await act() : outcome;
      }
      forget(now);
      const outcome = act();
      const press: Press = { at: now, outcome };
      presses.set(key, press);
      setTimeout(() => {
        press.outcome = undefined;
      }, answersFor).unref();
      try {
        const done = await outcome;
        if (done instanceof Download || (typeof done !== 'string' && (done.status ?? 200) >= 400))
          presses.delete(key);
        return done;
      } catch (error) {
        presses.delete(key);
        throw error;
      }
    },
  };
}

const sentAlready: Text = {
  en: 'This form was sent already, and nothing was done again. Open its page anew to send another one.',
  zh: '此表单已提交过，未重复执行。如需再次提交，请重新打开页面。',
};

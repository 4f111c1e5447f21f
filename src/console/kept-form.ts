import type { Request } from 'express';
import { saveSession } from '../account/session.ts';
import { type Clock, minutes } from '../kit/clock.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../kit/keys/sealed-column.ts';
import { pressField } from './presses.ts';

/** A posted form in the session, sealed. */
export interface KeptForm {
  /** Only this person is shown the form again. */
  readonly userId: string;
  readonly path: string;
  /** Base64. */
  readonly sealed: string;
  /** Milliseconds. */
  readonly at: number;
}

export interface Fields {
  readonly path: string;
  readonly fields: readonly (readonly [string, string])[];
  /** The names of fields that are not kept. The person enters them again. */
  readonly secrets: readonly string[];
}

const keptFor = minutes(10);
/** A longer form is not kept. */
const longest = 16_384;
const secretName = /secret|password|private|key$|_token$/i;

/** Returns whether a kept form may still be sent. */
export function isFresh({ at }: KeptForm, now: Date): boolean {
  return now.getTime() - at <= keptFor;
}

/** Keeps a form that a person posted after the session had ended, or without a fresh sign-in. */
export interface KeptForms {
  keep(request: Request): Promise<void>;
  /** Returns the form of the person who is signed in now. */
  find(request: Request): Fields | undefined;
  drop(request: Request): void;
}

export function createKeptForms({
  keyring,
  clock,
}: {
  readonly keyring: Keyring;
  readonly clock: Clock;
}): KeptForms {
  const context = ({ userId, path, at }: Omit<KeptForm, 'sealed'>) => `kept_form:${userId}:${path}:${at}`;
  return {
    async keep(request) {
      const { session, originalUrl: path } = request;
      const { userId } = session;
      const content = JSON.stringify(contentOf(request.body));
      if (userId === undefined || content.length > longest) return;
      const form = { userId, path, at: clock.now().getTime() };
      const sealed = Buffer.from(sealColumn(keyring, content, context(form))).toString('base64');
      session.keptForm = { ...form, sealed };
      await saveSession(request);
    },
    find({ session }) {
      const { keptForm: form, userId } = session;
      if (!form || form.userId !== userId || !isFresh(form, clock.now())) return undefined;
      try {
        const content = openColumn(keyring, Buffer.from(form.sealed, 'base64'), context(form));
        return { path: form.path, ...(JSON.parse(content) as Omit<Fields, 'path'>) };
      } catch {
        // Its key is gone.
        return undefined;
      }
    },
    drop({ session }) {
      delete session.keptForm;
    },
  };
}

function contentOf(body: unknown): Omit<Fields, 'path'> {
  const given = Object.entries((body ?? {}) as Readonly<Record<string, string | string[]>>);
  const pairs = given
    .filter(([name]) => name !== 'csrf_token' && name !== pressField)
    .flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const));
  return {
    fields: pairs.filter(([name]) => !secretName.test(name)),
    secrets: [...new Set(pairs.map(([name]) => name).filter((name) => secretName.test(name)))],
  };
}

import type { Request, Response } from 'express';
import type { Interaction } from './find-interaction.ts';

/** The handler of one request within an interaction of this browser. */
export type Step = (call: StepCall) => Promise<void>;

export interface StepCall {
  readonly interaction: Interaction;
  readonly request: Request;
  readonly response: Response;
  /** Returns a field of the posted form. */
  field(name: string): string | undefined;
}

/** Returns the value that a form's CSRF token is bound to. */
export function bindingOf({ uid }: Interaction): string {
  return `interaction:${uid}`;
}

import type { Request, Response } from 'express';
import type { Interaction } from './find-interaction.ts';

/** One answer to a request within an interaction that is this browser's. */
export type Step = (call: StepCall) => Promise<void>;

export interface StepCall {
  readonly interaction: Interaction;
  readonly request: Request;
  readonly response: Response;
  /** A text of the posted form. */
  field(name: string): string | undefined;
}

/** What a form's token is bound to. */
export function bindingOf({ uid }: Interaction): string {
  return `interaction:${uid}`;
}

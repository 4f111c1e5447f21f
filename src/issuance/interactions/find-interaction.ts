import type { Request, Response } from 'express';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { Problem } from '../../kit/problem.ts';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** Returns the open interaction of this browser. @throws Problem when it is another browser's, finished or expired. */
export async function findInteraction(
  provider: Provider,
  request: Request,
  response: Response,
): Promise<Interaction> {
  try {
    const interaction = await provider.interactionDetails(request, response);
    // The cookie proves the browser. The URL only selects one of its open interactions.
    if (interaction.uid === request.params.uid && !interaction.isExpired) return interaction;
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error;
  }
  throw interactionGone();
}

export function interactionGone(): Problem {
  return new Problem('invalid_request', {
    detail: {
      en: 'This sign-in is not open in this browser: it is finished, too old, or belongs to another one.',
      zh: '此次登录在这个浏览器中已失效：可能已完成、已过期，或是在另一个浏览器中开始的。',
    },
  });
}

/** Returns the resources that the request names. */
export function resourcesOf({ params }: Interaction): readonly string[] {
  return [params.resource].flat().filter((resource) => typeof resource === 'string');
}

export function textParam({ params }: Interaction, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

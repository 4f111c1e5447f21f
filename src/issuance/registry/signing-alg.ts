import { z } from 'zod';

/** Each has keys of its own in the set; the first one signs ID tokens and what names no other. */
export const signingAlgs = ['RS256', 'ES256', 'EdDSA'] as const;

export const signingAlg = z.enum(signingAlgs);

export type SigningAlg = z.infer<typeof signingAlg>;

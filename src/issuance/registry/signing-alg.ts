import { z } from 'zod';

/** The algorithms that can sign our tokens, each with its own keys. The first one signs ID tokens and is the default. */
export const signingAlgs = ['RS256', 'ES256', 'EdDSA'] as const;

export const signingAlg = z.enum(signingAlgs);

export type SigningAlg = z.infer<typeof signingAlg>;

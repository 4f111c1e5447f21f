import { z } from 'zod';
import { actClaim, apiClaim } from './actors.ts';
import { approvedDetail } from './call-details.ts';
import { connectionsClaim } from './claims.ts';

/** The claims of our JWT access tokens (RFC 9068). */
export const accessTokenClaims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  client_id: z.string(),
  scope: z.string().default(''),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
  grant_id: z.string().optional(),
  auth_time: z.number().optional(),
  // Strict: a binding that this version does not know must not be passed over.
  cnf: z.strictObject({ jkt: z.string().optional(), 'x5t#S256': z.string().optional() }).optional(),
  [connectionsClaim]: z.array(z.string()).optional(),
  act: actClaim.optional(),
  may_act: z.looseObject({ sub: z.string() }).optional(),
  [apiClaim]: z.string().optional(),
  authorization_details: z.array(approvedDetail).optional(),
});

export type AccessTokenClaims = z.infer<typeof accessTokenClaims>;

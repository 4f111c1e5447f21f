import { z } from 'zod';
import { givenText, line, pageAddress } from '../kit/localized.ts';
import { pictureUrl } from '../kit/picture.ts';
import { accentFault } from './accent.ts';

const accent = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, 'must be a colour like #1f4e5f')
  .toLowerCase()
  .superRefine((colour, context) => {
    const fault = /^#[0-9a-f]{6}$/.test(colour) ? accentFault(colour) : undefined;
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

export const legalLinks = z.strictObject({
  terms: pageAddress.nullable().default(null),
  privacy: pageAddress.nullable().default(null),
  support: pageAddress.nullable().default(null),
  icp: line(60).nullable().default(null).describe('ICP 备案号, e.g. 京ICP备12345678号'),
  police: line(60).nullable().default(null).describe('公安备案号, e.g. 京公网安备 11010502030143号'),
  agreement: z
    .strictObject({ version: line(40), url: pageAddress })
    .nullable()
    .default(null)
    .describe(
      'People agree to it, by a tick of their own, before they sign in; again where the version changes',
    ),
});

/** The looks of the pages. What is left out is taken back to its default. */
export const brandingInput = z
  .strictObject({
    name: givenText(60)
      .nullable()
      .default(null)
      .describe('The name of the deployment, or of the app, on pages'),
    accent: accent
      .nullable()
      .default(null)
      .describe('The colour of buttons and links; refused where text in it could not be read'),
    logo: pictureUrl.nullable().default(null),
    legal: legalLinks.prefault({}),
  })
  .meta({ id: 'BrandingInput' });

export type LegalLinks = z.output<typeof legalLinks>;
export type BrandingInput = z.output<typeof brandingInput>;

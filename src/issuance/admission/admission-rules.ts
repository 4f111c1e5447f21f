import { z } from 'zod';

/** The rules by which apps that no operator registered may identify or register themselves. */
export interface AdmissionRules {
  /** Whether metadata documents are read: those of listed domains, of any, or none. */
  readonly metadataDocuments: 'off' | 'listed' | 'any';
  readonly domains: readonly string[];
  /** Apps of these domains are refused, whatever else the rules say. */
  readonly blockedDomains: readonly string[];
  /** Apps may register at the registration endpoint (RFC 7591). */
  readonly dynamicRegistration: boolean;
  /** Days without use after which a refresh token of such an app ends. */
  readonly idleDays: number;
  /** Each change raises it; 0: nothing was ever set. */
  readonly version: number;
}

const domain = z
  .string()
  .max(253)
  .regex(
    /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/,
    'must be a host in lower case, or *. and a domain for its subdomains',
  );
const domains = z
  .array(domain)
  .max(200)
  .refine((list) => new Set(list).size === list.length, 'names a domain twice');

/** The members are what is left out of a replacement. */
export const admissionInput = z.strictObject({
  metadataDocuments: z.enum(['off', 'listed', 'any']).default('listed'),
  domains: domains.default([]),
  blockedDomains: domains.default([]),
  dynamicRegistration: z.boolean().default(false),
  idleDays: z.int().min(1).max(180).default(30),
});

export type AdmissionInput = Partial<Omit<AdmissionRules, 'version'>>;

export const usualRules: AdmissionRules = { ...admissionInput.parse({}), version: 0 };

/** The domains at which makers of well-known agents publish metadata documents. An operator chooses among them. */
export const suggestedDomains = ['claude.ai', 'chatgpt.com', 'vscode.dev', 'opencode.ai'] as const;

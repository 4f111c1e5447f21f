import { z } from 'zod';

/** The part of a schema that the page shows. */
export interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly format?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
}

const schemaShape: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    description: z.string().optional(),
    format: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    example: z.unknown().optional(),
    properties: z.record(z.string(), schemaShape).optional(),
    required: z.array(z.string()).optional(),
    items: schemaShape.optional(),
    anyOf: z.array(schemaShape).optional(),
    allOf: z.array(schemaShape).optional(),
  }),
);

export type Resolve = (schema: unknown) => Schema;

/** Follows references within the document. */
export function createResolve(components: Readonly<Record<string, unknown>>): Resolve {
  const resolve: Resolve = (given) => {
    const schema = schemaShape.parse(given);
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : resolve(components[name]);
  };
  return resolve;
}

/** Returns the type in a few words. */
export function typeWords(schema: Schema): string {
  const { type, $ref, items, anyOf, allOf } = schema;
  const options = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (options) return options.map((value) => JSON.stringify(value)).join(' | ');
  if ($ref) return $ref.split('/').at(-1) ?? 'object';
  if (anyOf ?? allOf) return [...new Set((anyOf ?? allOf ?? []).map(typeWords))].join(' | ');
  if (type === 'array') return `list of ${items ? typeWords(items) : 'anything'}`;
  return [type ?? 'anything'].flat().join(' | ');
}

/**
 * Returns an example value that the schema allows. Lists below a depth of five are empty, as schemas may
 * contain themselves.
 */
export function exampleOf(given: unknown, resolve: Resolve, depth = 0): unknown {
  const schema = resolve(given);
  if (schema.example !== undefined) return schema.example;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const [option] = schema.anyOf ?? schema.allOf ?? [];
  if (option) return exampleOf(option, resolve, depth);
  if (schema.type === 'array')
    return schema.items && depth < 5 ? [exampleOf(schema.items, resolve, depth + 1)] : [];
  if (schema.properties) {
    const entries = Object.entries(schema.properties);
    return Object.fromEntries(
      entries.map(([name, inner]) => [name, fieldExamples[name] ?? exampleOf(inner, resolve, depth + 1)]),
    );
  }
  return plainExample(schema);
}

/** Examples by field name, which the schemas themselves do not contain. */
const fieldExamples: Readonly<Record<string, unknown>> = {
  access_token: '2YotnFZFEjr1zCsicMWpAA',
  alias: 'work',
  api_base: 'https://api.provider.example',
  apis: ['https://api.example'],
  client_id: 'app_01k9…',
  connection: 'work',
  endpoints: {},
  identifier: 'https://api.example',
  key_id: '2026-11',
  next_cursor: null,
  parameters: {},
  post_logout_redirect_uris: ['https://app.example/'],
  provider: 'provider',
  redirect_uris: ['https://app.example/callback'],
  scope: 'read',
  subject: '248289761001',
};

function plainExample({ type, format }: Schema): unknown {
  const [first] = [type].flat();
  switch (first) {
    case 'integer':
    case 'number':
      return 3600;
    case 'boolean':
      return true;
    case 'object':
      return {};
    case 'null':
      return null;
    default:
      return format === 'date-time' ? '2026-11-20T10:00:00Z' : format === 'uri' ? 'https://app.example' : '…';
  }
}

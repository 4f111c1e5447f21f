import { z } from 'zod';
import type { OpenApiDocument } from './reference.ts';
import type { Schema } from './schemas.ts';

/** An operation of the OpenAPI document, prepared for the page. */
export interface OperationEntry {
  readonly id: string;
  readonly tag: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly scheme: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly where: string;
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly body: unknown;
  readonly answers: readonly { readonly status: string; readonly text: string; readonly schema: unknown }[];
}

const content = z.record(z.string(), z.object({ schema: z.unknown() })).optional();

const operationShape = z.object({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  summary: z.string(),
  description: z.string().optional(),
  security: z.tuple([z.record(z.string(), z.unknown())]),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        description: z.string().optional(),
        schema: z.record(z.string(), z.unknown()),
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content })),
});

export function entriesOf({ paths = {} }: OpenApiDocument): readonly OperationEntry[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => entryOf(method, path, operationShape.parse(operation))),
  );
}

function entryOf(method: string, path: string, operation: z.infer<typeof operationShape>): OperationEntry {
  const { operationId, tags, summary, description, security, parameters, requestBody, responses } = operation;
  return {
    id: operationId,
    tag: tags[0],
    method,
    path,
    summary,
    description,
    scheme: Object.keys(security[0])[0] ?? '',
    parameters: parameters.map(({ name, in: where, required, description: about, schema }) => ({
      name,
      where,
      required,
      schema: { ...schema, ...(about !== undefined && { description: about }) },
    })),
    body: firstSchema(requestBody?.content),
    answers: Object.entries(responses).map(([status, answer]) => ({
      status,
      text: answer.description,
      schema: firstSchema(answer.content),
    })),
  };
}

function firstSchema(given: z.infer<typeof content>): unknown {
  return Object.values(given ?? {})[0]?.schema;
}

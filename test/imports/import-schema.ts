import { z } from 'zod';
import { recordSchema } from '../../src/imports/formats/json.ts';

/** The file that editors and other programs check a file for `symbolon import json` with. */
export const schemaFile = 'docs/import.schema.json';

/** Returns the JSON Schema of one record, as text. */
export function importSchema(): string {
  const schema = z.toJSONSchema(recordSchema, {
    io: 'input',
    // RFC 3339 says the same as the long pattern.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return `${JSON.stringify({ ...schema, title: 'A record for symbolon import json' }, undefined, 2)}\n`;
}

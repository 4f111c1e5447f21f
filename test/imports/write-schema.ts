import { writeFileSync } from 'node:fs';
import { importSchema, schemaFile } from './import-schema.ts';

// `npm run import-schema`: writes the JSON Schema of the neutral import format.

writeFileSync(schemaFile, importSchema());

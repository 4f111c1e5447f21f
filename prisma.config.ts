import path from 'node:path';
import { defineConfig } from 'prisma/config';

// `prisma generate` never starts the native schema engine, which is downloaded from outside;
// naming any existing file keeps it from trying (docs/decisions/003-migrations-without-a-native-engine.md).
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= path.resolve('package.json');

export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } });

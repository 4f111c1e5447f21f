import { readFileSync } from 'node:fs';
import path from 'node:path';
import { secretSettings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A shorter secret is found only as the whole text. */
const shortest = 16;

/** Returns whether a text has a secret of the broker itself in it, e.g. that of a copied file or of `/proc/self/environ`. */
export function hasOwnSecret(text: string, environment: Environment): boolean {
  const given = text.trim();
  return ownSecrets(environment).some(
    (own) => own === given || (own.length >= shortest && given.includes(own)),
  );
}

function ownSecrets(env: Environment): readonly string[] {
  const names = [...secretSettings, 'ENCRYPTION_KEYS', 'OTEL_EXPORTER_OTLP_HEADERS'];
  const files = names.map((name) => env[`${name}_FILE`]);
  const made = path.join(env.DATA_DIR || '.data', 'encryption-key');
  const values = [...names.map((name) => env[name]), ...[...files, made].map(contentOf)];
  return values.flatMap((value = '') => [value.trim(), ...keysIn(value)]).filter((own) => own !== '');
}

/** ENCRYPTION_KEYS lists keys as `id:key`. */
function keysIn(value: string): readonly string[] {
  return value.split(/[\s,]+/).flatMap((part) => /^[\w.-]+:([\w+/=-]{16,})$/.exec(part)?.[1] ?? []);
}

function contentOf(file: string | undefined): string | undefined {
  try {
    return file ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

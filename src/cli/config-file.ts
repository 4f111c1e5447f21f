import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import {
  type ConfigurationDocument,
  configurationDocument,
  type SecretReference,
} from '../admin/configuration/document.ts';
import type { ResolveSecret } from '../admin/configuration/wanted.ts';
import { ConfigError, isOwnSecret, isSetting, settingFiles, variableOf } from '../config.ts';
import { type BoundedRead, readBeginning } from '../kit/bounded-file.ts';
import { Secret } from '../kit/secret.ts';
import { readSecretFile, SecretFileError } from '../kit/secret-file.ts';

/** A configuration with thousands of apps has fewer bytes. */
const mostBytes = 8 * 1024 * 1024;
/** More than the largest logo, so that a larger one is refused as such. */
const mostLogoBytes = 128 * 1024;
/** As much, for OpenAPI documents: in YAML they may be longer. */
const mostDescriptionBytes = 512 * 1024;
/** A few aliases spare repetition. A file that multiplies itself by them is refused. */
const mostAliases = 100;

/** Reads a configuration from a YAML or JSON file. @throws ConfigError naming each fault and its place */
export async function readConfigurationFile(file: string): Promise<ConfigurationDocument> {
  const given = parseYaml(file, await textOf(file));
  await readNamedFiles(given, path.dirname(file));
  const parsed = configurationDocument.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.flatMap((issue) => linesOf(issue).map((line) => `${file}: ${line}`)).join('\n'),
  );
}

async function textOf(file: string): Promise<string> {
  // It may come from a pipe.
  const bytes = await bytesOf(file, { most: mostBytes + 1, waits: true });
  if (bytes.length > mostBytes) throw new ConfigError(`${file}: is larger than 8 MB`);
  return bytes.toString('utf8');
}

/** The messages hold no line of the file: a secret may be there by mistake. */
function parseYaml(file: string, text: string): unknown {
  const lineCounter = new LineCounter();
  const document = documentIn(file, text, lineCounter);
  const lines = [...document.errors, ...document.warnings].map(({ code, pos: [at] }) => {
    const { line, col } = lineCounter.linePos(at);
    return `${file}: line ${line}, column ${col}: is no YAML of the core schema (${code})`;
  });
  if (lines.length > 0) throw new ConfigError(lines.join('\n'));
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch {
    throw new ConfigError(`${file}: has an alias without its anchor, or too many aliases`);
  }
}

function documentIn(file: string, text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'silent' });
  } catch {
    // The parser calls itself for each level.
    throw new ConfigError(`${file}: is nested too deeply`);
  }
}

/** Puts contents in place of `logo: {file: PATH}` and `api_description: {file: PATH}`, in the whole document or in one item. */
async function readNamedFiles(given: unknown, directory: string, levels = 3): Promise<void> {
  if (typeof given !== 'object' || given === null || levels < 0) return;
  for (const [name, value] of Object.entries(given)) {
    if (name !== 'logo' && name !== 'api_description') {
      await readNamedFiles(value, directory, levels - 1);
      continue;
    }
    const named = typeof value === 'object' && value !== null && 'file' in value ? value.file : undefined;
    if (typeof named !== 'string') continue;
    if (name === 'api_description') {
      Object.assign(given, { api_description: await jsonIn(path.resolve(directory, named)) });
      continue;
    }
    const type = named.endsWith('.webp') ? 'webp' : 'png';
    const bytes = await bytesOf(path.resolve(directory, named), { most: mostLogoBytes });
    Object.assign(given, { logo: `data:image/${type};base64,${bytes.toString('base64')}` });
  }
}

/** Returns an OpenAPI document in JSON or YAML as JSON. */
async function jsonIn(file: string): Promise<string> {
  const text = (await bytesOf(file, { most: mostDescriptionBytes })).toString('utf8');
  if (!/\.ya?ml$/.test(file)) return text;
  const read = parseYaml(file, text);
  try {
    return JSON.stringify(read) ?? '';
  } catch {
    throw new ConfigError(`${file}: contains itself`);
  }
}

async function bytesOf(file: string, about: BoundedRead): Promise<Buffer> {
  try {
    return await readBeginning(file, about);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ConfigError(`${file}: cannot be read (${code})`);
  }
}

function linesOf(issue: z.core.$ZodIssue): readonly string[] {
  const place = placeOf(issue.path);
  if (issue.code !== 'unrecognized_keys') return [`${place || 'the file'}: ${issue.message}`];
  return issue.keys.map((key) => `${placeOf([...issue.path, key])}: is no field here`);
}

/** Returns `apps[2].redirect_uris[0]`. */
function placeOf(parts: readonly PropertyKey[]): string {
  return parts.reduce<string>(
    (place, part) =>
      typeof part === 'number' ? `${place}[${part}]` : `${place}${place && '.'}${String(part)}`,
    '',
  );
}

export interface SecretRules {
  /** The file that names the secrets: their paths are relative to it. */
  readonly file: string;
  readonly production: boolean;
  /** A reference without a value leaves the stored secret. */
  readonly keepSecrets: boolean;
}

/** Returns a reader of the secrets that the file names. @throws ConfigError naming the place, never the value */
export function createResolveSecret({ file, production, keepSecrets }: SecretRules): ResolveSecret {
  return async (reference, place) => {
    const value = await valueIn(reference, place);
    if (value !== undefined && isOwnSecret(value))
      throw ownSecret('env' in reference ? reference.env : reference.file, place);
    if (value !== undefined) return new Secret(value);
    if (keepSecrets) return undefined;
    const name = 'env' in reference ? `the environment variable ${reference.env}` : reference.file;
    throw new ConfigError(
      `${file}: ${place}: ${name} has no value; set it, or leave stored secrets as they are with --keep-secrets`,
    );
  };

  async function valueIn(reference: SecretReference, place: string): Promise<string | undefined> {
    // The document says where a secret is sent, and its author may not be an operator who knows the broker's own ones.
    if ('env' in reference) {
      if (isSetting(reference.env)) throw ownSecret(reference.env, place);
      return variableOf(reference.env)?.trim() || undefined;
    }
    const named = path.resolve(path.dirname(file), reference.file);
    const own = await Promise.all(settingFiles().map(realPathOf));
    const real = await realPathOf(named);
    // `/proc/self/environ` has the environment of the broker.
    if (own.includes(real) || real.startsWith('/proc/')) throw ownSecret(reference.file, place);
    try {
      return (await readSecretFile(named, { production })).trim() || undefined;
    } catch (error) {
      if (!(error instanceof SecretFileError)) throw error;
      throw new ConfigError(`${file}: ${place}: ${error.message}`);
    }
  }

  function ownSecret(name: string, place: string): ConfigError {
    return new ConfigError(`${file}: ${place}: ${name} is of the broker itself; name another one`);
  }
}

async function realPathOf(file: string): Promise<string> {
  return await realpath(file).catch(() => path.resolve(file));
}

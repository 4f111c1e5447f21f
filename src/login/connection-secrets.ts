import { z } from 'zod';
import type { Options } from '../connectors/contract/options.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../kit/keys/sealed-column.ts';
import { Secret } from '../kit/secret.ts';

// A connection has two sealed columns: its client secret, and its secret options.

export function secretContext(id: string): string {
  return `connection:${id}:client_secret`;
}

export function optionSecretsContext(id: string): string {
  return `connection:${id}:option_secrets`;
}

type Sealed = Uint8Array<ArrayBuffer> | null;

export function sealSecret(keyring: Keyring, id: string, secret: string | null | undefined): Sealed {
  return secret === null || secret === undefined ? null : sealColumn(keyring, secret, secretContext(id));
}

export function openSecret(keyring: Keyring, id: string, sealed: Uint8Array | null): Secret | undefined {
  return sealed ? new Secret(openColumn(keyring, sealed, secretContext(id))) : undefined;
}

export function sealOptionSecrets(keyring: Keyring, id: string, secrets: Options): Sealed {
  if (Object.keys(secrets).length === 0) return null;
  return sealColumn(keyring, JSON.stringify(secrets), optionSecretsContext(id));
}

const texts = z.record(z.string(), z.string());

export function openOptionSecrets(keyring: Keyring, id: string, sealed: Uint8Array | null): Options {
  return sealed ? texts.parse(JSON.parse(openColumn(keyring, sealed, optionSecretsContext(id)))) : {};
}

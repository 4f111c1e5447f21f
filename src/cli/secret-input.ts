import { ConfigError } from '../config.ts';
import { Secret } from '../kit/secret.ts';
import { readSecretFile, SecretFileError } from '../kit/secret-file.ts';

/**
 * Reads the secrets of one command. A secret is never an argument: other users of the machine see arguments, and the shell
 * writes them down.
 */
export interface SecretInput {
  /** Returns the secret: of standard input for `-`, of a file for `@file`. @throws ConfigError for a literal value */
  read<Given extends string | undefined>(flag: string, given: Given): Promise<Given>;
  /** Returns the secret in the file of that name, or of standard input for `-`. @throws ConfigError */
  readFile(flag: string, file: string): Promise<Secret>;
}

export function createSecretInput(): SecretInput {
  let takenBy: string | undefined;

  async function fromStandardInput(flag: string): Promise<string> {
    if (takenBy) throw new ConfigError(`${flag}: ${takenBy} reads standard input already; use @file for one`);
    takenBy = flag;
    let text = '';
    for await (const chunk of process.stdin) text += String(chunk);
    if (text.trim() === '') throw new ConfigError(`${flag}: standard input was empty`);
    return text.trim();
  }

  async function fromFile(flag: string, file: string): Promise<string> {
    try {
      const text = (await readSecretFile(file, { production: false, pipes: true })).trim();
      if (text === '') throw new SecretFileError(`${file} is empty`);
      return text;
    } catch (error) {
      throw error instanceof SecretFileError ? new ConfigError(`${flag}: ${error.message}`) : error;
    }
  }

  async function secret(flag: string, given: string): Promise<string> {
    if (given === '-') return await fromStandardInput(flag);
    if (given.startsWith('@')) return await fromFile(flag, given.slice(1));
    throw new ConfigError(
      `${flag}: a secret is not an argument, which other users of this machine can see; use - for standard input, or @file`,
    );
  }

  return {
    async read<Given extends string | undefined>(flag: string, given: Given) {
      return (given === undefined ? given : await secret(flag, given)) as Given;
    },
    async readFile(flag, file) {
      if (file === '-') return new Secret(await fromStandardInput(flag));
      try {
        const text = (
          await readSecretFile(file.replace(/^@/, ''), { production: false, pipes: true })
        ).trim();
        if (text !== '') return new Secret(text);
      } catch {
        // The name is not repeated: it may be the secret itself by mistake.
        throw new ConfigError(`${flag}: the file cannot be read; give the name of a file, not the secret`);
      }
      throw new ConfigError(`${flag}: the file is empty`);
    },
  };
}

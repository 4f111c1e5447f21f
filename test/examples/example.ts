import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { atEnd } from '../support/at-end.ts';
import type { Browser, Page } from '../support/browser.ts';

const installed = new Map<string, string>();

/** Returns the folder of the example, prepared as `npm install` would, with the client library as published. */
export function install(example: string): string {
  const known = installed.get(example) ?? prepare(example);
  installed.set(example, known);
  return known;
}

function prepare(example: string): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'symbolon-example-'));
  atEnd(() => {
    installed.delete(example);
    rmSync(directory, { recursive: true, force: true });
  });
  cpSync(`examples/${example}`, directory, { recursive: true });
  const modules = path.join(directory, 'node_modules');
  mkdirSync(modules);
  const packages = path.resolve('node_modules');
  for (const name of readdirSync(packages)) symlinkSync(path.join(packages, name), path.join(modules, name));
  buildClient(path.join(modules, '@symbolon', 'client'));
  return directory;
}

function buildClient(directory: string): void {
  const tsc = path.resolve('node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', 'src/client', '--outDir', directory], { stdio: 'pipe' });
  cpSync('src/client/package.json', path.join(directory, 'package.json'));
}

export interface Started {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Resolves when the example prints that it listens. */
export async function startExample({ command, args, cwd, env }: Started): Promise<void> {
  const child = spawn(command, args, { cwd, env: { PATH: process.env.PATH, ...env } });
  atEnd(() => void child.kill('SIGKILL'));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('listening')) resolve();
    });
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`it ended with ${code}: ${said}`)));
  });
}

/** Walks through every page of the broker and the lab, and returns the one behind them. */
export async function walk(browser: Browser, start: Page, user: string): Promise<Page> {
  let page = start;
  for (let steps = 0; steps < 8 && !page.stopped && page.forms.length > 0; steps += 1) {
    const fields = page.text.includes('simulated') ? { fields: { user } } : {};
    page = await browser.submit(page, fields);
  }
  return page;
}

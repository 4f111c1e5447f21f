import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

// The directory belongs to this checkout: files in a shared /tmp may be another user's.
const folder = path.resolve('node_modules/.cache/chromium');

// The package's own configuration names /tmp/fonts only. Without fonts there every text has height 0.
const fontsFile = path.join(folder, 'fonts.conf');
const fontsConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>
`;

const shared = globalThis as { chromium?: Promise<Browser> };

/**
 * A real headless browser from an npm package with its libraries. It uses nothing of the system's. The test files of one
 * worker share the process, which ends with the worker. Each file gets contexts of its own, and its `close` closes those.
 */
export async function launchChromium(): Promise<Browser> {
  shared.chromium ??= launch();
  const browser = await shared.chromium;
  const close = async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  };
  return new Proxy(browser, {
    get(target, name) {
      if (name === 'close') return close;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function launch(): Promise<Browser> {
  const executablePath = await unpack();
  // Without WebGL, which no page uses, painting takes a third of the time.
  chromium.setGraphicsMode = false;
  return await playwright.launch({
    executablePath,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: path.join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: fontsFile,
    },
    args: [
      ...chromium.args.filter((flag) => flag !== '--single-process'),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/**
 * Unpacks the browser once for this checkout. The package unpacks into the temporary directory, and its libraries only if
 * it detects an environment that needs them. Workers may do so at the same time, so the whole is put in its place at once.
 */
async function unpack(): Promise<string> {
  const executable = path.join(folder, 'chromium');
  if (existsSync(executable)) return executable;
  await mkdir(path.dirname(folder), { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  const usual = os.tmpdir();
  process.env.TMPDIR = making;
  try {
    const archives = path.join(
      path.dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))),
      '../bin',
    );
    await Promise.all([chromium.executablePath(), inflate(path.join(archives, 'al2023.tar.br'))]);
    await writeFile(path.join(making, 'fonts.conf'), fontsConfiguration);
  } finally {
    process.env.TMPDIR = usual;
  }
  await rename(making, folder).catch((error: NodeJS.ErrnoException) => {
    // Another worker was first.
    if (!existsSync(executable)) throw error;
  });
  await rm(making, { recursive: true, force: true });
  return executable;
}

import { mkdir, writeFile } from 'node:fs/promises';
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

/** A real headless browser from an npm package with its libraries. It uses nothing of the system's. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await unpack();
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
 * The package unpacks into the temporary directory, and its libraries only if it detects an environment that
 * needs them.
 */
async function unpack(): Promise<string> {
  await mkdir(folder, { recursive: true });
  const usual = os.tmpdir();
  process.env.TMPDIR = folder;
  try {
    const archives = path.join(
      path.dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))),
      '../bin',
    );
    const [executablePath] = await Promise.all([
      chromium.executablePath(),
      inflate(path.join(archives, 'al2023.tar.br')),
    ]);
    await writeFile(fontsFile, fontsConfiguration);
    return executablePath;
  } finally {
    process.env.TMPDIR = usual;
  }
}

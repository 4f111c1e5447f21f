import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ExportFileError } from '../../src/imports/export-bytes.ts';
import { openExport } from '../../src/imports/read-records.ts';
import { atEnd } from '../support/at-end.ts';

// The files of exports, as disks, editors and killed processes leave them.

async function written(content: string | Uint8Array): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-export-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'export');
  await writeFile(file, content);
  return file;
}

async function read(file: string, realm?: { realm: string | undefined }): Promise<unknown[]> {
  const opened = await openExport(file, realm);
  return await Array.fromAsync(opened.records());
}

const of = async (content: string | Uint8Array) => await read(await written(content));
const records = [{ id: 'a' }, { id: 'b' }];
const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
const array = JSON.stringify(records, null, 1);

describe('a file that an editor or a system has changed', () => {
  it.each([
    ['lines with a byte-order mark', `\ufeff${lines}`],
    ['lines with a byte-order mark each', lines.replace(/^/gm, '\ufeff').replace(/\ufeff$/, '')],
    ['a document with a byte-order mark', `\ufeff${array}`],
    ['lines with CRLF', lines.replaceAll('\n', '\r\n')],
    ['a document with CRLF', array.replaceAll('\n', '\r\n')],
    ['lines that end in a comma', lines.replaceAll('\n', ',\n')],
    ['lines without a last newline', lines.trimEnd()],
    ['blank lines', `\n\n${lines}\n \n`],
    ['one line', JSON.stringify(records)],
    ['a page', JSON.stringify({ users: records }, null, 2)],
    ['a zipped file', gzipSync(array)],
    ['a zipped file with a byte-order mark', gzipSync(`\ufeff${lines}`)],
    ['zipped files in one', Buffer.concat(records.map((one) => gzipSync(`${JSON.stringify(one)}\n`)))],
  ])('is read: %s', async (_, content) => {
    expect(await of(content)).toEqual(records);
  });

  it.each(['\u2028', '\u2029', '\u0085', '\r'])('a line may have %j in it', async (character) => {
    const record = { id: 'a', name: `x${character === '\r' ? '' : character}y` };
    const line = character === '\r' ? '{"id":"a",\r"name":"xy"}' : JSON.stringify(record);
    expect(await of(`${line}\n${line}\n`)).toEqual([record, record]);
  });

  it('an id beyond the exact range of a double keeps its digits, in lines and in a document', async () => {
    const id = '12345678901234567890';
    for (const text of [`{"id":${id}}\n{"id":1}\n`, `[\n{"id":${id}},\n{"id":1}]`])
      expect(await of(text)).toEqual([{ id }, { id: 1 }]);
  });

  it('a record that was cut in two costs no other', async () => {
    expect(await of(`${lines}{"id": "c", "na`)).toEqual([...records, undefined]);
  });

  it.each(['', ' \n\n', '\ufeff', gzipSync('')])('an empty file has no records: %j', async (content) => {
    expect(await of(content)).toEqual([]);
  });
});

describe('a file that is no export', () => {
  const zipped = gzipSync(lines.repeat(5000));
  const broken = Buffer.from(zipped);
  broken.fill(0x55, 40, 60);

  it.each([
    ['a document that ends in the middle', array.slice(0, -9), 'not JSON, or ends in the middle'],
    ['a list with a comma at its end', '[\n{"id":"a"},\n]', 'not JSON'],
    ['a text', 'user,name\n1,Ada\n', 'not JSON'],
    ['UTF-16, little end first', Buffer.from(`\ufeff${array}`, 'utf16le'), 'UTF-16'],
    ['UTF-16, big end first', Buffer.from(`\ufeff${array}`, 'utf16le').swap16(), 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from(array, 'utf16le'), 'UTF-16'],
    ['a zipped file in UTF-16', gzipSync(Buffer.from(array, 'utf16le')), 'UTF-16'],
    ['a zipped file that ends in the middle', zipped.subarray(0, -20), 'gzip file is broken'],
    ['a zipped file that ends in its header', zipped.subarray(0, 6), 'gzip file is broken'],
    ['a broken zipped file', broken, 'gzip file is broken'],
    [
      'a zipped file with a text after it',
      Buffer.concat([zipped, Buffer.from('text')]),
      'gzip file is broken',
    ],
    ['a zipped file with zeros after it', Buffer.concat([zipped, Buffer.alloc(512)]), 'gzip file is broken'],
    ['a zipped file with half of one after it', Buffer.concat([zipped, zipped.subarray(0, 9)]), 'gzip'],
  ])('is refused with its reason: %s', async (_, content, reason) => {
    const error = await of(content).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExportFileError);
    expect(String(error)).toContain(reason);
  });

  it('a directory and a missing file are named so', async () => {
    await expect(read(os.tmpdir())).rejects.toThrow('it is a directory');
    await expect(read('/nowhere.json')).rejects.toThrow('it cannot be read');
  });
});

it.each(['[tool] reading the settings', 'Loading…', '{broken', '[1.2.3] hello', '-- users'])(
  'a first line of something else is one odd record: %s',
  async (first) => {
    expect(await of(`${first}\n${lines}`)).toEqual([undefined, ...records]);
    expect(await of(`\uFEFF${first}\r\n${lines}`)).toEqual([undefined, ...records]);
  },
);

it('a document is never taken for lines, and a text without records is none', async () => {
  expect(await of(`[${records.map((one) => JSON.stringify(one)).join(',\n')}]`)).toEqual(records);
  expect(await of(`{"users": [\n${records.map((one) => JSON.stringify(one)).join(',\n')}\n]}`)).toEqual(
    records,
  );
  await expect(of('id,name\n1,Ada\n2,Lin\n')).rejects.toThrow('the file is not JSON');
});

it('a file that grows while it is read is not taken as complete', async () => {
  const file = await written(lines);
  const opened = await openExport(file);
  await appendFile(file, lines);
  await expect(Array.fromAsync(opened.records())).rejects.toThrow('changed while it was read');
});

it('a file that is deleted while it is read is read to its end', async () => {
  const file = await written(lines);
  const opened = await openExport(file);
  await rm(file);
  expect(await Array.fromAsync(opened.records())).toEqual(records);
});

it('a named pipe is read once, from its start', async () => {
  const pipe = path.join(path.dirname(await written('')), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [found] = await Promise.all([read(pipe), writeFile(pipe, lines)]);
  expect(found).toEqual(records);
});

describe('a file of Keycloak', () => {
  const realm = (name: string, users?: readonly object[]) => ({
    id: `id-${name}`,
    realm: name,
    roles: { realm: [{ id: 'r', name: 'user' }] },
    ...(users && { users }),
    clients: [{ id: 'c', clientId: 'account', users: [7] }],
  });
  const master = realm('master', [{ id: 'admin' }]);
  const shop = realm('shop', records);
  const asked = (name?: string) => ({ realm: name });
  const forms = [
    (value: unknown) => JSON.stringify(value),
    (value: unknown) => JSON.stringify(value, null, 2),
  ];

  it.each(forms)('of all realms asks which one is meant', async (form) => {
    const file = await written(form([master, shop]));
    await expect(read(file, asked())).rejects.toThrow(
      'it has several realms; name one of them with --realm: "master", "shop"',
    );
    expect(await read(file, asked('shop'))).toEqual(records);
    expect(await read(file, asked('master'))).toEqual([{ id: 'admin' }]);
    await expect(read(file, asked('other'))).rejects.toThrow('no realm "other"; it has "master", "shop"');
    expect(await read(await written(form([shop])), asked())).toEqual(records);
  });

  it.each(forms)('of one realm is that of the realm that is asked for', async (form) => {
    const file = await written(form(shop));
    expect(await read(file, asked())).toEqual(records);
    expect(await read(file, asked('shop'))).toEqual(records);
    await expect(read(file, asked('other'))).rejects.toThrow('no realm "other"; it has "shop"');
  });

  it.each(forms)('without users names the option that exports them', async (form) => {
    for (const value of [realm('shop'), realm('shop', []), [master, realm('shop')]])
      await expect(read(await written(form(value)), asked('shop'))).rejects.toThrow(
        /realm "shop" has no users in this file.*--users realm_file.*shop-users-N\.json/,
      );
  });

  it.each(forms)('with the users alone, or with rows of a table, is read as it is', async (form) => {
    expect(await read(await written(form({ realm: 'shop', users: records })), asked())).toEqual(records);
    const rows = [{ user_id: '1', realm_id: 'shop' }, { user_id: '2' }];
    expect(await read(await written(form(rows)), asked())).toEqual(rows);
    expect(await read(await written(form(records)), asked())).toEqual(records);
  });
});

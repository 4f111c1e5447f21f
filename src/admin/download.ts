import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';

/** An answer that is sent while it is read, so that it needs little memory at any length. */
export class Download {
  readonly filename: string;
  readonly type: string;
  readonly chunks: AsyncIterable<string>;

  constructor({ filename, type, chunks }: Pick<Download, 'filename' | 'type' | 'chunks'>) {
    this.filename = filename;
    this.type = type;
    this.chunks = chunks;
  }
}

/** Sends a file. After a failure in the middle the connection is closed, by which clients know that the file is not whole. */
export async function sendDownload(
  request: Request,
  response: Response,
  { filename, type, chunks }: Download,
): Promise<void> {
  response.set({
    'Cache-Control': 'no-store',
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="${filename}"`,
  });
  // Nothing is read for HEAD.
  if (request.method === 'HEAD') return void response.end();
  await pipeline(Readable.from(chunks), response);
}

import { crc32, deflateSync } from 'node:zlib';

/** Returns a `data:` URL of a grey PNG of this size. */
export function png(width: number, height = width, extra: Uint8Array = Buffer.alloc(0)): string {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((width + 1) * height, 0x80));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const parts = [
    signature,
    chunk('IHDR', header),
    extra,
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return `data:image/png;base64,${Buffer.concat(parts).toString('base64')}`;
}

export function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** Returns a `data:` URL with the header of an extended WebP (RFC 9649 section 2.7). */
export function webp(width: number, height: number, flags = 0): string {
  const body = Buffer.alloc(22);
  body.write('WEBPVP8X', 0, 'latin1');
  body.writeUInt32LE(10, 8);
  body[12] = flags;
  body.writeUIntLE(width - 1, 16, 3);
  body.writeUIntLE(height - 1, 19, 3);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length + 4);
  const rest = Buffer.from('ALPH', 'latin1');
  return `data:image/webp;base64,${Buffer.concat([Buffer.from('RIFF'), size, body, rest]).toString('base64')}`;
}

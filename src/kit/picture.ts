import { z } from 'zod';

/** A small picture that an operator has uploaded: a logo. No SVG, which can hold scripts and load other files. */
export interface Picture {
  readonly type: PictureType;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

type PictureType = 'image/png' | 'image/webp';
interface Size {
  readonly width: number;
  readonly height: number;
}

const mostBytes = 64 * 1024;
const smallestSide = 16;
const largestSide = 1024;

/** A picture as a `data:` URL. Its first bytes decide whether it is one, not the stated type. */
export const pictureUrl = z
  .string()
  .max(Math.ceil(mostBytes / 3) * 4 + 32, 'is larger than 64 kB')
  .superRefine((url, context) => {
    const fault = faultOf(url);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .describe(
    '`data:image/png;base64,…` or `data:image/webp;base64,…`; at most 64 kB, 16 to 1024 pixels a side',
  );

/** Returns the bytes of a checked `data:` URL. */
export function bytesOf(url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
}

/** Returns stored bytes with their type. Undefined: they are no picture. */
export function pictureOf(bytes: Uint8Array): Picture | undefined {
  const type = pngSize(Buffer.from(bytes)) ? 'image/png' : webpSize(Buffer.from(bytes)) && 'image/webp';
  return type && { type, bytes: Uint8Array.from(bytes) };
}

/** A picture, with the version of the item that it belongs to. */
export interface VersionedPicture extends Picture {
  readonly version: number;
}

/** Returns the same with the version that was read together with the bytes. */
export function versionedPicture({
  bytes,
  version,
}: Pick<VersionedPicture, 'version'> & { readonly bytes: Uint8Array }): VersionedPicture | undefined {
  const picture = pictureOf(bytes);
  return picture && { ...picture, version };
}

/** Returns a picture as a `data:` URL. */
export function urlOf({ type, bytes }: Picture): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

function faultOf(url: string): string | undefined {
  const [, type, text = ''] = /^data:(image\/(?:png|webp));base64,([\w+/]+={0,2})$/.exec(url) ?? [];
  if (!type) return 'must be data:image/png;base64,… or data:image/webp;base64,…';
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > mostBytes) return 'is larger than 64 kB';
  const size = type === 'image/png' ? pngSize(bytes) : webpSize(bytes);
  if (!size) return `is no whole ${type === 'image/png' ? 'PNG' : 'WebP'} picture without animation`;
  const sides = [size.width, size.height];
  if (sides.some((side) => side < smallestSide || side > largestSide))
    return `is ${size.width} by ${size.height} pixels; a side has ${smallestSide} to ${largestSide}`;
  return undefined;
}

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');
const pngEnd = Buffer.from('0000000049454e44ae426082', 'hex');

/** PNG specification, sections 5.2 and 11.2.1. Data after the end could be a file of another kind. */
function pngSize(bytes: Buffer): Size | undefined {
  const isPng =
    bytes.length > 57 &&
    bytes.subarray(0, 8).equals(pngSignature) &&
    bytes.toString('latin1', 12, 16) === 'IHDR' &&
    bytes.subarray(-12).equals(pngEnd) &&
    !bytes.includes('acTL');
  return isPng ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) } : undefined;
}

/** RFC 9649, sections 2.5 to 2.7. */
function webpSize(bytes: Buffer): Size | undefined {
  const isWebp =
    bytes.length > 30 &&
    bytes.toString('latin1', 0, 4) === 'RIFF' &&
    bytes.toString('latin1', 8, 12) === 'WEBP' &&
    bytes.readUInt32LE(4) === bytes.length - 8;
  if (!isWebp) return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X': {
      const isAnimated = ((bytes[20] ?? 0) & 0x02) !== 0;
      return isAnimated
        ? undefined
        : { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    }
    default:
      return undefined;
  }
}

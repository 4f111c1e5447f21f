import express, { type RequestHandler } from 'express';
import { Problem } from '../kit/problem.ts';

const urlencoded = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 1000 });
/** A picture of 64 kB, and the fields beside it. */
const multipart = express.raw({ type: 'multipart/form-data', limit: '160kb' });

/** A browser without a session is a stranger's, and its form is not read. */
function ofSession(parse: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.session.stored) return parse(request, response, next);
    next();
  };
}

/**
 * Reads a posted form. A form with a file is parsed by Node itself (`Response.formData`), within the limit of bytes. The file
 * becomes a `data:` URL.
 */
export const formBody: readonly RequestHandler[] = [
  ofSession(urlencoded),
  ofSession(multipart),
  async (request, _response, next) => {
    if (Buffer.isBuffer(request.body)) request.body = await parsed(request.body, request.get('content-type'));
    next();
  },
];

async function parsed(bytes: Buffer, type = ''): Promise<Record<string, string | string[]>> {
  const headers = { 'Content-Type': type };
  const form = await new Response(Uint8Array.from(bytes), { headers }).formData().catch((cause: unknown) => {
    throw new Problem('invalid_request', {
      detail: { en: 'The form is damaged.', zh: '表单数据已损坏。' },
      cause,
    });
  });
  const fields: Record<string, string | string[]> = {};
  for (const name of new Set(form.keys())) {
    const values = await Promise.all(
      form.getAll(name).map((value) => (typeof value === 'string' ? value : urlOf(value))),
    );
    Object.defineProperty(fields, name, {
      value: values.length === 1 ? (values[0] ?? '') : values,
      enumerable: true,
    });
  }
  return fields;
}

/** Browsers send an empty file where none was chosen. */
async function urlOf(file: File): Promise<string> {
  if (file.size === 0) return '';
  return `data:${file.type};base64,${Buffer.from(await file.arrayBuffer()).toString('base64')}`;
}

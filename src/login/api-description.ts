import { z } from 'zod';
import { displayText } from '../http/display-text.ts';
import { DocumentFault, faultAt, listAt, objectAt, own, type Reader, readerOf } from './document-reader.ts';

/** An operation of a provider's API, as far as an agent needs it to make the call. */
export interface ApiOperation {
  readonly method: string;
  /** The path as the document has it, with templates such as `{id}`. */
  readonly path: string;
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly parameters: readonly ApiParameter[];
  readonly body?: ApiBody;
}

interface ApiField {
  readonly name: string;
  readonly type?: string;
  readonly required?: true;
}
interface ApiParameter extends ApiField {
  readonly in: string;
}
interface ApiBody {
  readonly contentType: string;
  readonly required?: true;
  readonly properties: readonly ApiField[];
}

const mostBytes = 256 * 1024;
const mostOperations = 2_000;
const mostFields = 50;
const mostTags = 10;

/** The methods of the proxy. */
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'];
const places = ['path', 'query', 'header'];
const types = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

const pathShape = /^(?:\/(?:[\w\-.~!$&'()*+,;=:@]|\{[^{}/\s]{1,100}\})*)+$/;

/**
 * An OpenAPI document that an operator enters. It is reduced to the operations, as a document that reduces to itself, so
 * that the same entry never looks like a change.
 */
export const apiDescription = z
  .string()
  .superRefine((text, context) => {
    try {
      reduced(text);
    } catch (error) {
      if (!(error instanceof DocumentFault)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  })
  .overwrite((text) => {
    try {
      return reduced(text);
    } catch {
      // It has been refused above.
      return text;
    }
  })
  .describe(
    'An OpenAPI 3.0 or 3.1 document as JSON text, 256 KiB at most, for `describe_api` of agents. Operations, parameters and the fields of bodies are kept, and all else is dropped',
  );

function reduced(text: string): string {
  const short = JSON.stringify(documentOf(operationsIn(text)));
  if (Buffer.byteLength(short) > mostBytes)
    throw new DocumentFault('is larger than 256 KiB with its references resolved');
  return short;
}

/** Returns the operations of a document. Each other part of it is left out. */
export function operationsIn(document: string): readonly ApiOperation[] {
  if (document.length > mostBytes || Buffer.byteLength(document) > mostBytes)
    throw new DocumentFault('is larger than 256 KiB');
  const root = objectAt(parsed(document), '');
  if (!/^3\.[01]\.\d{1,3}$/.test(text(own(root, 'openapi'), 20)))
    throw faultAt('openapi', 'must be 3.0 or 3.1, e.g. "3.1.0"');
  const reader = readerOf(root);
  const operations: ApiOperation[] = [];
  for (const [path, item] of Object.entries(objectAt(own(root, 'paths') ?? {}, 'paths'))) {
    if (path.startsWith('x-')) continue;
    const place = `paths.${path}`;
    if (path.length > 500 || !pathShape.test(path) || /\/\.{1,2}(\/|;|$)/.test(path))
      throw faultAt(place, 'is no path below the base, such as /items/{id}');
    const fields = reader.open(item, place);
    const shared = listAt(own(fields, 'parameters'), `${place}.parameters`);
    for (const method of methods) {
      const operation = own(fields, method);
      if (operation === undefined) continue;
      if (operations.length === mostOperations)
        throw new DocumentFault(`has more than ${mostOperations} operations`);
      operations.push(operationAt({ operation, shared, method, path, place: `${place}.${method}` }, reader));
    }
  }
  return operations;
}

interface Written {
  readonly operation: unknown;
  /** The parameters of the path. */
  readonly shared: readonly unknown[];
  readonly method: string;
  readonly path: string;
  readonly place: string;
}

function operationAt({ operation, shared, method, path, place }: Written, reader: Reader): ApiOperation {
  const fields = objectAt(operation, place);
  const written = [...shared, ...listAt(own(fields, 'parameters'), `${place}.parameters`)];
  const byName = new Map<string, ApiParameter>();
  for (const [index, one] of written.entries()) {
    const at = `${place}.parameters[${index}]`;
    const parameter = reader.open(one, at);
    const where = text(own(parameter, 'in'), 20);
    // The proxy sends no cookies.
    if (!places.includes(where)) continue;
    const name = text(own(parameter, 'name'), 100);
    if (!name) throw faultAt(`${at}.name`, 'is missing');
    const type = typeOf(own(parameter, 'schema'), `${at}.schema`, reader);
    byName.set(`${where} ${name}`, { name, in: where, ...type, ...requiredIf(own(parameter, 'required')) });
  }
  const operationId = text(own(fields, 'operationId'), 100);
  const summary = text(own(fields, 'summary'), 200) || text(own(fields, 'description'), 200);
  const tags = listAt(own(fields, 'tags'), `${place}.tags`).map((tag) => text(tag, 50));
  const body = bodyAt(own(fields, 'requestBody'), `${place}.requestBody`, reader);
  return {
    method: method.toUpperCase(),
    path,
    ...(operationId && { operationId }),
    ...(summary && { summary }),
    tags: tags.filter(Boolean).slice(0, mostTags),
    parameters: [...byName.values()].slice(0, mostFields),
    ...(body && { body }),
  };
}

function bodyAt(value: unknown, place: string, reader: Reader): ApiBody | undefined {
  if (value === undefined) return undefined;
  const body = reader.open(value, place);
  const content = objectAt(own(body, 'content') ?? {}, `${place}.content`);
  const names = Object.keys(content);
  reader.spend(names.length, place);
  const named = names.includes('application/json') ? 'application/json' : names[0];
  if (named === undefined) return undefined;
  const at = `${place}.content.${named}`;
  const schema = own(objectAt(content[named], at), 'schema');
  const properties = new Map<string, ApiField>();
  if (schema !== undefined) addProperties(properties, { schema, place: `${at}.schema`, levels: 3 }, reader);
  return {
    contentType: text(named, 100),
    ...requiredIf(own(body, 'required')),
    properties: [...properties.values()].slice(0, mostFields),
  };
}

/** Adds the properties of a schema and of those that it is made of. */
function addProperties(
  found: Map<string, ApiField>,
  { schema, place, levels }: { readonly schema: unknown; readonly place: string; readonly levels: number },
  reader: Reader,
): void {
  // JSON Schema has true and false too.
  if (typeof schema === 'boolean' || found.size === mostFields) return;
  const fields = reader.open(schema, place);
  const required = listAt(own(fields, 'required'), `${place}.required`);
  const properties = Object.entries(objectAt(own(fields, 'properties') ?? {}, `${place}.properties`));
  reader.spend(required.length + properties.length, place);
  const asked = new Set(required);
  for (const [written, value] of properties) {
    if (found.size === mostFields) break;
    const name = text(written, 100);
    if (!name) continue;
    const type = typeOf(value, `${place}.properties.${written}`, reader);
    found.set(name, { name, ...type, ...requiredIf(asked.has(written)) });
  }
  if (levels > 0)
    for (const [index, part] of listAt(own(fields, 'allOf'), `${place}.allOf`).entries())
      addProperties(found, { schema: part, place: `${place}.allOf[${index}]`, levels: levels - 1 }, reader);
}

function typeOf(schema: unknown, place: string, reader: Reader): { readonly type?: string } {
  if (schema === undefined || typeof schema === 'boolean') return {};
  const fields = reader.open(schema, place);
  const written = [own(fields, 'type')]
    .flat()
    .map((one) => text(one, 20))
    .find((one) => types.includes(one));
  const implied =
    own(fields, 'properties') !== undefined || own(fields, 'allOf') !== undefined ? 'object' : undefined;
  const type = written ?? implied;
  return type === undefined ? {} : { type };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DocumentFault('is no JSON');
  }
}

const text = (value: unknown, most: number): string =>
  typeof value === 'string' ? displayText(value.slice(0, 4 * most), most) : '';

const requiredIf = (value: unknown): { readonly required?: true } =>
  value === true ? { required: true } : {};

/** Returns the operations as an OpenAPI document. */
function documentOf(operations: readonly ApiOperation[]): unknown {
  const byPath = Map.groupBy(operations, ({ path }) => path);
  const paths = [...byPath].map(([path, onPath]) => [
    path,
    Object.fromEntries(onPath.map((one) => [one.method.toLowerCase(), written(one)])),
  ]);
  return { openapi: '3.1.0', paths: Object.fromEntries(paths) };
}

function written({ operationId, summary, tags, parameters, body }: ApiOperation) {
  return {
    ...(operationId && { operationId }),
    ...(summary && { summary }),
    ...(tags.length > 0 && { tags }),
    ...(parameters.length > 0 && {
      parameters: parameters.map(({ type, ...parameter }) => ({ ...parameter, schema: { type } })),
    }),
    ...(body && {
      requestBody: {
        ...requiredIf(body.required),
        content: { [body.contentType]: { schema: schemaOf(body.properties) } },
      },
    }),
  };
}

function schemaOf(properties: readonly ApiField[]) {
  const required = properties.filter((one) => one.required).map(({ name }) => name);
  return {
    properties: Object.fromEntries(properties.map(({ name, type }) => [name, { type }])),
    ...(required.length > 0 && { required }),
  };
}

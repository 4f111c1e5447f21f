import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Events } from '../kit/events/events.ts';
import { Problem } from '../kit/problem.ts';
import { remarksIn } from '../kit/versions.ts';
import type { DomainFile, DomainFileStore } from './domain-file-store.ts';

/**
 * The names that WeChat (`MP_verify_….txt`) and WeCom (`WW_verify_….txt`) give to the files. Another name could take the
 * place of a page, or of a file that others look for, such as `robots.txt`.
 */
export const domainFileName = z
  .string()
  .regex(/^(?:MP|WW)_verify_[A-Za-z0-9]{8,64}\.txt$/, 'must be like MP_verify_….txt or WW_verify_….txt');

export const domainFileContent = z
  .string()
  .max(1024)
  .regex(/^[\x20-\x7e\r\n]+$/, 'must be one line of plain ASCII text or a few');

/** A connection that has a file, or may get one. */
export interface FileOwner {
  readonly id: string;
  readonly alias: string;
}

export interface DomainFiles {
  of(owner: FileOwner): Promise<readonly DomainFile[]>;
  /** @throws Problem conflict if another connection has a file of this name */
  put(owner: FileOwner, name: string, file: { content: string; reason?: string | undefined }): Promise<void>;
  /** @throws Problem not_found */
  remove(owner: FileOwner, name: string, reason?: string): Promise<void>;
  /** Serves the files at the root of the site, to every caller: they hold no secret. */
  readonly serve: RequestHandler;
}

export interface DomainFilesDeps {
  readonly store: DomainFileStore;
  readonly events: Pick<Events, 'record'>;
  /** Returns whether the connection still exists. The file of one that is gone is served no more. */
  readonly exists: (connectionId: string) => Promise<boolean>;
}

export function createDomainFiles({ store, events, exists }: DomainFilesDeps): DomainFiles {
  return {
    of: ({ id }) => store.ofConnection(id),
    async put({ id, alias }, name, { content, reason }) {
      const known = await store.find(name);
      const left = known && !(await exists(known.connectionId)) ? known.connectionId : undefined;
      if (!(await store.put({ name, connectionId: id, content }, left)))
        throw new Problem('conflict', { detail: 'Another connection has a file of this name.' });
      const detail = { name, ...remarksIn({ reason }) };
      await events.record({ type: 'connection.domain_file_added', connection: alias, detail });
    },
    async remove({ id, alias }, name, reason) {
      if (!(await store.remove(id, name))) throw new Problem('not_found');
      const detail = { name, ...remarksIn({ reason }) };
      await events.record({ type: 'connection.domain_file_removed', connection: alias, detail });
    },
    async serve(request, response, next) {
      const name = domainFileName.safeParse(request.params.name);
      const file = name.success ? await store.find(name.data) : undefined;
      if (!file || !(await exists(file.connectionId))) return next();
      response.set('Cache-Control', 'no-store').type('text/plain').send(file.content);
    },
  };
}

import type { Prisma } from '../kit/database/database.ts';

// Prisma sends two statements.
export const byAlias = {
  name: 'connection-by-alias',
  text: `SELECT id, alias, provider, client_id AS "clientId", client_secret AS "clientSecret", scopes, endpoints, options,
      unmarked_from AS "unmarkedFrom", option_secrets AS "optionSecrets", enabled, purpose, created_at AS "createdAt",
      updated_at AS "updatedAt", position, display_name AS "displayName", hidden, logo IS NOT NULL AS "hasLogo", version,
      managed_by AS "managedBy", tag,
      EXISTS (SELECT FROM connection_openapi WHERE connection_id = connection.id) AS "hasApiDescription"
    FROM connection WHERE alias = $1`,
};

export type FoundConnection = Omit<Prisma.ConnectionModel, 'logo'> & {
  readonly hasLogo: boolean;
  readonly hasApiDescription: boolean;
};

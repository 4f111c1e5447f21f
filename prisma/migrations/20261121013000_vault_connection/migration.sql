-- AlterTable
ALTER TABLE "vault_entry" ADD COLUMN     "connection_id" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "end_announced_at" TIMESTAMPTZ(3);

-- The sweep asks connection by connection for what ends next.
UPDATE "vault_entry" SET "connection_id" = "identity"."connection_id" FROM "identity" WHERE "identity"."id" = "vault_entry"."identity_id";

-- DropIndex
DROP INDEX "vault_entry_access_expires_at_idx";

-- CreateIndex
CREATE INDEX "vault_entry_connection_id_access_expires_at_idx" ON "vault_entry"("connection_id", "access_expires_at");

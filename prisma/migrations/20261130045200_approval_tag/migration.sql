ALTER TABLE "admin_approval" ADD COLUMN "tag" BYTEA;

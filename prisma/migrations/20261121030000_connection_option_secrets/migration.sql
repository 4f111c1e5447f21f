-- AlterTable
ALTER TABLE "connection" ADD COLUMN "option_secrets" BYTEA;

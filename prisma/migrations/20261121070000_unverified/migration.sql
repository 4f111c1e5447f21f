-- AlterTable
ALTER TABLE "vault_entry" ADD COLUMN     "unverified" BOOLEAN NOT NULL DEFAULT false;

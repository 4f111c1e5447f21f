-- AlterTable
ALTER TABLE "vault_entry" ADD COLUMN     "in_doubt" BOOLEAN NOT NULL DEFAULT false;

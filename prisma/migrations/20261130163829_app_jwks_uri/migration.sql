-- AlterTable
ALTER TABLE "app" ADD COLUMN     "jwks_uri" TEXT;

-- AlterTable
ALTER TABLE "app" ADD COLUMN     "jwks" JSONB;

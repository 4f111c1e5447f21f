-- AlterTable
ALTER TABLE "app" ADD COLUMN     "default_scope" TEXT;

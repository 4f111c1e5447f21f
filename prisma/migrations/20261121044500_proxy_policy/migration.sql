-- AlterTable
ALTER TABLE "app_connection" ADD COLUMN     "handout" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "proxy" JSONB NOT NULL DEFAULT '[]';

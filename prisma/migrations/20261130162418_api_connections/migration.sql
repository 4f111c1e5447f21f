-- AlterTable
ALTER TABLE "api" ADD COLUMN     "client" TEXT,
ADD COLUMN     "connections" JSONB NOT NULL DEFAULT '[]';

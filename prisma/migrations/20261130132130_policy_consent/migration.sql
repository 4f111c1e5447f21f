-- AlterTable
ALTER TABLE "app_connection" ADD COLUMN     "consent" TEXT NOT NULL DEFAULT 'required';

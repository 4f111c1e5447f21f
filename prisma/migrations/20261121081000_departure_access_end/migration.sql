-- AlterTable
ALTER TABLE "departure" ADD COLUMN     "access_expires_at" TIMESTAMPTZ(3);

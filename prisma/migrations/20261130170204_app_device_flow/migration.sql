-- AlterTable
ALTER TABLE "app" ADD COLUMN     "device_flow" BOOLEAN NOT NULL DEFAULT false;

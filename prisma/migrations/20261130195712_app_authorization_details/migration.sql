-- AlterTable
ALTER TABLE "app" ADD COLUMN     "authorization_details_types" TEXT[] DEFAULT ARRAY[]::TEXT[];

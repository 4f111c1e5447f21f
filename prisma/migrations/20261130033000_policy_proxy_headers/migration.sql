-- AlterTable
ALTER TABLE "app_connection" ADD COLUMN     "proxy_headers" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "app" ADD COLUMN     "require_pushed_authorization_requests" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "require_signed_request_object" BOOLEAN NOT NULL DEFAULT false;

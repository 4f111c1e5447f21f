-- AlterTable
ALTER TABLE "app" ADD COLUMN     "backchannel_client_notification_endpoint" TEXT,
ADD COLUMN     "backchannel_token_delivery_mode" TEXT;

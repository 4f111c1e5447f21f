-- AlterTable
ALTER TABLE "app" ADD COLUMN     "backchannel_logout_uri" TEXT;

-- CreateTable
CREATE TABLE "backchannel_logout" (
    "id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "sid" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "backchannel_logout_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "backchannel_logout_next_at_idx" ON "backchannel_logout"("next_at");

-- CreateIndex
CREATE INDEX "backchannel_logout_app_id_idx" ON "backchannel_logout"("app_id");

-- AddForeignKey
ALTER TABLE "backchannel_logout" ADD CONSTRAINT "backchannel_logout_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "app_agreement_accepted" (
    "user_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "app_agreement_accepted_pkey" PRIMARY KEY ("user_id","app_id","version")
);

-- CreateIndex
CREATE INDEX "app_agreement_accepted_app_id_idx" ON "app_agreement_accepted"("app_id");

-- AddForeignKey
ALTER TABLE "app_agreement_accepted" ADD CONSTRAINT "app_agreement_accepted_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_agreement_accepted" ADD CONSTRAINT "app_agreement_accepted_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE CASCADE ON UPDATE CASCADE;

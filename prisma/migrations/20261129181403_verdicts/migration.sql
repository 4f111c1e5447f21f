-- AlterTable
ALTER TABLE "vault_entry" ADD COLUMN     "client_id" TEXT,
ADD COLUMN     "refusals" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "refused_since" TIMESTAMPTZ(3),
ADD COLUMN     "refused_words" TEXT;

-- AlterTable
ALTER TABLE "departure" ADD COLUMN     "client_id" TEXT;

-- CreateTable
CREATE TABLE "proven_client" (
    "connection_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,

    CONSTRAINT "proven_client_pkey" PRIMARY KEY ("connection_id","client_id")
);

-- AddForeignKey
ALTER TABLE "proven_client" ADD CONSTRAINT "proven_client_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

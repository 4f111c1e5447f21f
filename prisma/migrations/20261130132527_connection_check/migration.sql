-- CreateTable
CREATE TABLE "connection_check" (
    "connection_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" INTEGER NOT NULL,
    "checks" JSONB NOT NULL,

    CONSTRAINT "connection_check_pkey" PRIMARY KEY ("connection_id")
);

-- AddForeignKey
ALTER TABLE "connection_check" ADD CONSTRAINT "connection_check_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

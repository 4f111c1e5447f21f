-- CreateTable
CREATE TABLE "connection_openapi" (
    "connection_id" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "tag" BYTEA,

    CONSTRAINT "connection_openapi_pkey" PRIMARY KEY ("connection_id")
);

-- AddForeignKey
ALTER TABLE "connection_openapi" ADD CONSTRAINT "connection_openapi_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

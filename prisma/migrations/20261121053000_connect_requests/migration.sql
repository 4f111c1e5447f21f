-- CreateTable
CREATE TABLE "connect_request" (
    "ticket_hash" TEXT NOT NULL,
    "session_hash" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "state" TEXT,
    "scopes" TEXT[],
    "code_challenge" TEXT,
    "code_hash" TEXT,
    "identity_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "connect_request_pkey" PRIMARY KEY ("ticket_hash")
);

-- CreateIndex
CREATE INDEX "connect_request_expires_at_idx" ON "connect_request"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "connect_request_session_hash_key" ON "connect_request"("session_hash");

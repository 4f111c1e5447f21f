-- CreateTable
CREATE TABLE "admin_token" (
    "id" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "made_by" TEXT NOT NULL,
    "parent_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "last_used_address" TEXT,
    "tag" BYTEA,

    CONSTRAINT "admin_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_bootstrap_use" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT,

    CONSTRAINT "admin_bootstrap_use_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_invitation" (
    "id" TEXT NOT NULL,
    "handle_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "invited_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" TEXT,
    "setup_at" TIMESTAMPTZ(3),
    "connection_id" TEXT,
    "tag" BYTEA,

    CONSTRAINT "admin_invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_approval" (
    "id" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "params" JSONB NOT NULL DEFAULT '{}',
    "reason" TEXT,
    "principal" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "failure" TEXT,
    "request" BYTEA,
    "answer" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "admin_approval_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "admin_token_secret_hash_key" ON "admin_token"("secret_hash");

-- CreateIndex
CREATE INDEX "admin_token_expires_at_idx" ON "admin_token"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "admin_invitation_handle_hash_key" ON "admin_invitation"("handle_hash");

-- CreateIndex
CREATE INDEX "admin_invitation_expires_at_idx" ON "admin_invitation"("expires_at");

-- CreateIndex
CREATE INDEX "admin_approval_created_at_id_idx" ON "admin_approval"("created_at", "id");

-- AddForeignKey
ALTER TABLE "admin_token" ADD CONSTRAINT "admin_token_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "admin_token"("id") ON DELETE CASCADE ON UPDATE CASCADE;

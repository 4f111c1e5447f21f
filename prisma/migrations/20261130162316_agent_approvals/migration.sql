-- CreateTable
CREATE TABLE "agent_permission" (
    "user_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "connection_id" TEXT,
    "identity_id" TEXT,
    "mode" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3),
    "at" TIMESTAMPTZ(3) NOT NULL,
    "tag" BYTEA,

    CONSTRAINT "agent_permission_pkey" PRIMARY KEY ("user_id","app_id","target")
);

-- CreateTable
CREATE TABLE "agent_read" (
    "user_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "identity_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "agent_read_pkey" PRIMARY KEY ("user_id","app_id","identity_id")
);

-- CreateTable
CREATE TABLE "agent_approval" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "connection_id" TEXT,
    "identity_id" TEXT,
    "digest" TEXT NOT NULL,
    "seen" TEXT NOT NULL,
    "content" BYTEA,
    "state" TEXT NOT NULL,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "tag" BYTEA,

    CONSTRAINT "agent_approval_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "agent_permission_app_id_idx" ON "agent_permission"("app_id");

-- CreateIndex
CREATE INDEX "agent_permission_connection_id_idx" ON "agent_permission"("connection_id");

-- CreateIndex
CREATE INDEX "agent_permission_identity_id_idx" ON "agent_permission"("identity_id");

-- CreateIndex
CREATE INDEX "agent_read_identity_id_idx" ON "agent_read"("identity_id");

-- CreateIndex
CREATE INDEX "agent_read_at_idx" ON "agent_read"("at");

-- CreateIndex
CREATE INDEX "agent_approval_user_id_app_id_created_at_idx" ON "agent_approval"("user_id", "app_id", "created_at");

-- CreateIndex
CREATE INDEX "agent_approval_user_id_state_idx" ON "agent_approval"("user_id", "state");

-- CreateIndex
CREATE INDEX "agent_approval_expires_at_idx" ON "agent_approval"("expires_at");

-- CreateIndex
CREATE INDEX "agent_approval_app_id_idx" ON "agent_approval"("app_id");

-- CreateIndex
CREATE INDEX "agent_approval_connection_id_idx" ON "agent_approval"("connection_id");

-- CreateIndex
CREATE INDEX "agent_approval_identity_id_idx" ON "agent_approval"("identity_id");

-- AddForeignKey
ALTER TABLE "agent_permission" ADD CONSTRAINT "agent_permission_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_permission" ADD CONSTRAINT "agent_permission_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_permission" ADD CONSTRAINT "agent_permission_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_permission" ADD CONSTRAINT "agent_permission_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_read" ADD CONSTRAINT "agent_read_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_read" ADD CONSTRAINT "agent_read_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_approval" ADD CONSTRAINT "agent_approval_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_approval" ADD CONSTRAINT "agent_approval_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_approval" ADD CONSTRAINT "agent_approval_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agent_approval" ADD CONSTRAINT "agent_approval_identity_id_fkey" FOREIGN KEY ("identity_id") REFERENCES "identity"("id") ON DELETE CASCADE ON UPDATE CASCADE;

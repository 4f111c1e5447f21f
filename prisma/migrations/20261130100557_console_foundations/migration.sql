-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "display_name" JSONB,
ADD COLUMN     "hidden" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "logo" BYTEA,
ADD COLUMN     "managed_by" TEXT,
ADD COLUMN     "position" INTEGER,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "webhook_endpoint" ADD COLUMN     "managed_by" TEXT,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "app" ADD COLUMN     "about" JSONB,
ADD COLUMN     "display_name" JSONB,
ADD COLUMN     "limits_sign_in" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "managed_by" TEXT,
ADD COLUMN     "removed_at" TIMESTAMPTZ(3),
ADD COLUMN     "sign_in_connections" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "api" ADD COLUMN     "managed_by" TEXT,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "session_origin" ADD COLUMN     "address" TEXT,
ADD COLUMN     "last_seen_at" TIMESTAMPTZ(3),
ADD COLUMN     "user_agent" TEXT;

-- CreateTable
CREATE TABLE "branding" (
    "scope" TEXT NOT NULL,
    "name" JSONB,
    "accent" TEXT,
    "logo" BYTEA,
    "legal" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "branding_pkey" PRIMARY KEY ("scope")
);

-- CreateTable
CREATE TABLE "domain_file" (
    "name" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "domain_file_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "agreement_accepted" (
    "user_id" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agreement_accepted_pkey" PRIMARY KEY ("user_id","version")
);

-- CreateTable
CREATE TABLE "usage_cursor" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "tx" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "through" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_cursor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_use" (
    "identity_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "times" BIGINT NOT NULL,
    "last_reason" TEXT,
    "last_away" BOOLEAN NOT NULL DEFAULT false,
    "seen_at" TIMESTAMPTZ(3),

    CONSTRAINT "app_use_pkey" PRIMARY KEY ("identity_id","app_id")
);

-- CreateTable
CREATE TABLE "usage_hour" (
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "connection" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "buckets" INTEGER[],

    CONSTRAINT "usage_hour_pkey" PRIMARY KEY ("kind","hour","connection","outcome")
);

-- CreateTable
CREATE TABLE "usage_day" (
    "day" DATE NOT NULL,
    "kind" TEXT NOT NULL,
    "connection" TEXT NOT NULL,
    "app" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "buckets" INTEGER[],

    CONSTRAINT "usage_day_pkey" PRIMARY KEY ("kind","day","connection","app","outcome")
);

-- CreateTable
CREATE TABLE "grant_census" (
    "at" TIMESTAMPTZ(3) NOT NULL,
    "connection_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "n" INTEGER NOT NULL,

    CONSTRAINT "grant_census_pkey" PRIMARY KEY ("at","connection_id","state","reason")
);

-- CreateTable
CREATE TABLE "bulk_job" (
    "id" TEXT NOT NULL,
    "act" TEXT NOT NULL,
    "selection" JSONB NOT NULL,
    "reason" TEXT,
    "dry_run" BOOLEAN NOT NULL DEFAULT false,
    "state" TEXT NOT NULL DEFAULT 'preparing',
    "total" INTEGER NOT NULL DEFAULT 0,
    "done" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "principal" TEXT NOT NULL,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "tag" BYTEA,

    CONSTRAINT "bulk_job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bulk_item" (
    "job_id" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "connection_id" TEXT,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "outcome" TEXT,
    "at" TIMESTAMPTZ(3),

    CONSTRAINT "bulk_item_pkey" PRIMARY KEY ("job_id","target")
);

-- CreateIndex
CREATE INDEX "domain_file_connection_id_idx" ON "domain_file"("connection_id");

-- CreateIndex
CREATE INDEX "app_use_app_id_last_at_identity_id_idx" ON "app_use"("app_id", "last_at" DESC, "identity_id");

-- CreateIndex
CREATE INDEX "app_use_user_id_idx" ON "app_use"("user_id");

-- CreateIndex
CREATE INDEX "bulk_job_created_at_id_idx" ON "bulk_job"("created_at", "id");

-- CreateIndex
CREATE INDEX "bulk_job_state_idx" ON "bulk_job"("state");

-- CreateIndex
CREATE INDEX "bulk_item_job_id_state_target_idx" ON "bulk_item"("job_id", "state", "target");

-- CreateIndex
CREATE INDEX "session_origin_user_id_at_idx" ON "session_origin"("user_id", "at");

-- AddForeignKey
ALTER TABLE "agreement_accepted" ADD CONSTRAINT "agreement_accepted_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bulk_item" ADD CONSTRAINT "bulk_item_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "bulk_job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

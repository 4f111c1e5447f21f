ALTER TABLE "connection" ADD COLUMN "tag" BYTEA;
ALTER TABLE "login_attempt" ADD COLUMN "tag" BYTEA;
ALTER TABLE "user" ADD COLUMN "tag" BYTEA;
ALTER TABLE "identity" ADD COLUMN "tag" BYTEA;
ALTER TABLE "shared_id" ADD COLUMN "tag" BYTEA;
ALTER TABLE "app" ADD COLUMN "tag" BYTEA;
ALTER TABLE "app_connection" ADD COLUMN "tag" BYTEA;
ALTER TABLE "api" ADD COLUMN "tag" BYTEA;
ALTER TABLE "artifact" ADD COLUMN "tag" BYTEA;
ALTER TABLE "consent" ADD COLUMN "tag" BYTEA;
ALTER TABLE "connect_request" ADD COLUMN "tag" BYTEA;

CREATE TABLE "row_tag_key" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "row_tag_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "intermediate_key" (
    "id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "kms_key" TEXT NOT NULL,
    "purpose" TEXT NOT NULL DEFAULT 'seal',
    "wrapped" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "wrapped_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),
    "abandoned_at" TIMESTAMPTZ(3),

    CONSTRAINT "intermediate_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_wraps" (
    "key_id" TEXT NOT NULL,
    "wraps" BIGINT NOT NULL DEFAULT 0,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "key_wraps_pkey" PRIMARY KEY ("key_id")
);

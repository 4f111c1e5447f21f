-- AlterTable
ALTER TABLE "app" ADD COLUMN     "document_changed_at" TIMESTAMPTZ(3),
ADD COLUMN     "document_fresh_until" TIMESTAMPTZ(3),
ADD COLUMN     "document_read_at" TIMESTAMPTZ(3),
ADD COLUMN     "domain" TEXT,
ADD COLUMN     "last_used_at" TIMESTAMPTZ(3),
ADD COLUMN     "registration" TEXT;

-- AlterTable
ALTER TABLE "api" ADD COLUMN     "clients" TEXT NOT NULL DEFAULT 'listed';

-- CreateTable
CREATE TABLE "app_admission" (
    "id" TEXT NOT NULL,
    "metadata_documents" TEXT NOT NULL DEFAULT 'listed',
    "domains" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "blocked_domains" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "dynamic_registration" BOOLEAN NOT NULL DEFAULT false,
    "idle_days" INTEGER NOT NULL DEFAULT 30,
    "version" INTEGER NOT NULL DEFAULT 1,
    "tag" BYTEA,

    CONSTRAINT "app_admission_pkey" PRIMARY KEY ("id")
);

-- AlterTable
ALTER TABLE "audit_event" ADD COLUMN     "actor_id" TEXT,
ADD COLUMN     "actor_kind" TEXT,
ADD COLUMN     "address" TEXT;

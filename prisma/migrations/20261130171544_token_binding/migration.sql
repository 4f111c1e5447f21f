-- AlterTable
ALTER TABLE "app" ADD COLUMN     "background_binding" TEXT NOT NULL DEFAULT 'none',
ADD COLUMN     "token_binding" TEXT NOT NULL DEFAULT 'none';

-- AlterTable
ALTER TABLE "api" ADD COLUMN     "token_binding" TEXT NOT NULL DEFAULT 'none';

-- A use within the hour changes no column of an index, so that its row finds room in the same page (HOT). Processes of earlier
-- versions write `last_at` alone, and readers take the later of both.
ALTER TABLE "app_use" ADD COLUMN "recent_at" TIMESTAMPTZ(3);
ALTER TABLE "app_use" SET (fillfactor = 80);

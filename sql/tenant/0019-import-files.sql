-- What a run of ImportFtp must know of a file beside how far it has come. modified_at: as the
-- file's server says it, in its zone; NULL = not said. is_moved: it has left its folder, or never
-- was in one. header_bytes: of the file, in front of its first row. run_id: that took it last.
-- Names of files differ behind their first hundred characters, too.
ALTER TABLE `api_import`
	ADD COLUMN IF NOT EXISTS modified_at DATETIME(6) NULL AFTER bytes,
	ADD COLUMN IF NOT EXISTS is_moved TINYINT NOT NULL DEFAULT 0 AFTER state,
	ADD COLUMN IF NOT EXISTS header_bytes BIGINT NOT NULL DEFAULT 0 AFTER next_line,
	ADD COLUMN IF NOT EXISTS run_id BIGINT NULL AFTER worker,
	DROP KEY IF EXISTS taken,
	ADD UNIQUE KEY IF NOT EXISTS of_file (connection, sha256, bytes, name),
	ADD KEY IF NOT EXISTS of_name (connection, name(100));

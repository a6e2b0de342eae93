-- The zones and brands of which a Source's deliveries may write rows, comma separated; '' = all. limits: those under which a
-- message came, of its sender and its Source together (lib/limits.h); NULL = none.
ALTER TABLE api_source
	ADD COLUMN IF NOT EXISTS zones VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' AFTER may_write,
	ADD COLUMN IF NOT EXISTS brands VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' AFTER zones;
ALTER TABLE api_message ADD COLUMN IF NOT EXISTS limits TEXT CHARACTER SET ascii COLLATE ascii_bin NULL AFTER address_type_id;

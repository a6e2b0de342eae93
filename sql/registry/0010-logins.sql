-- From where a user may sign in ('' = anywhere), and how far the timestamp in a body (Adictiz) may
-- be from now (0 = any).
ALTER TABLE api_user ADD COLUMN IF NOT EXISTS allow_ips VARCHAR(1000) CHARACTER
	SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' AFTER rights;
ALTER TABLE api_source ADD COLUMN IF NOT EXISTS timestamp_tolerance_s INT NOT NULL DEFAULT 0 AFTER
	content_dedup_s;

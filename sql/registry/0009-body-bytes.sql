-- A claim is bounded by the size of its bodies, which must not be read for it. What was settled
-- before does not matter.

ALTER TABLE api_message ADD COLUMN IF NOT EXISTS body_bytes INT UNSIGNED NOT NULL DEFAULT 0 AFTER
	headers;

UPDATE api_message SET body_bytes = OCTET_LENGTH(body) WHERE state IN (1, 2, 4, 5)
	AND body_bytes = 0;

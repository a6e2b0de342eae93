-- Whose database it is. registry_uid: by it a tenant's database (api_owner) names the registry that
-- it belongs to. alias_changes: counts what is done to aliases; whoever does it writes here first,
-- so that one at a time does.
CREATE TABLE IF NOT EXISTS api_registry (
	registry_id TINYINT UNSIGNED NOT NULL,
	registry_uid BINARY(16) NOT NULL,
	alias_changes BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (registry_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

INSERT INTO api_registry (registry_id, registry_uid)
	VALUES (1, UNHEX(MD5(CONCAT(UUID(), RAND(), RAND(), CONNECTION_ID()))))
	ON DUPLICATE KEY UPDATE registry_id = VALUES(registry_id);

-- database_uid: the mark of the alias's database, NULL = not looked at yet; aliases with one mark
-- share a database. shared: said with --shared. disabled_at: since when it is.
ALTER TABLE api_alias
	ADD COLUMN IF NOT EXISTS database_uid BINARY(16) NULL AFTER db_password_sealed,
	ADD COLUMN IF NOT EXISTS shared TINYINT(1) NOT NULL DEFAULT 0 AFTER database_uid,
	ADD COLUMN IF NOT EXISTS disabled_at DATETIME(6) NULL AFTER enabled,
	ADD KEY IF NOT EXISTS database_uid (database_uid);

UPDATE api_alias SET disabled_at = created_at WHERE enabled = 0 AND disabled_at IS NULL;

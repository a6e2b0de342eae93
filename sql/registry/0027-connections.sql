-- Connections: the foreign systems that data come from and go to (model/connection/connection.h).
--
-- options: JSON, what has no column. secrets: JSON, sealed under "connection:<connection_id>";
-- secret_names: which there are, with commas. zone_id, brand_id, address_type_id, time_zone NULL:
-- the tenant's. last_success_at, last_failure_at: of runs that used it. tested_at: of its last
-- test; test_failure: what was wrong, '' = nothing.
CREATE TABLE IF NOT EXISTS api_connection (
	connection_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	tenant_id INT UNSIGNED NOT NULL,
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	address VARCHAR(500) NOT NULL,
	source_id SMALLINT NULL,
	zone_id INT NULL,
	brand_id INT NULL,
	address_type_id SMALLINT NULL,
	time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	enabled TINYINT NOT NULL,
	options MEDIUMTEXT NOT NULL,
	secrets MEDIUMBLOB NULL,
	secret_names VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	created_at DATETIME(6) NOT NULL,
	modified_at DATETIME(6) NOT NULL,
	last_success_at DATETIME(6) NULL,
	last_failure_at DATETIME(6) NULL,
	last_failure VARCHAR(600) NOT NULL DEFAULT '',
	tested_at DATETIME(6) NULL,
	test_failure VARCHAR(600) NOT NULL DEFAULT '',
	PRIMARY KEY (connection_id),
	UNIQUE KEY name (tenant_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

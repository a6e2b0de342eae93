-- What was refused because a quota was used up, see store/store_quota.h. source_id 0: by a quota of
-- the tenant. since_at: the first of a time without a pause of a day.
CREATE TABLE IF NOT EXISTS api_quota (
	tenant_id BIGINT UNSIGNED NOT NULL,
	source_id SMALLINT NOT NULL,
	quota TINYINT UNSIGNED NOT NULL,
	refused BIGINT UNSIGNED NOT NULL,
	since_at DATETIME(6) NOT NULL,
	last_at DATETIME(6) NOT NULL,
	PRIMARY KEY (tenant_id, source_id, quota)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

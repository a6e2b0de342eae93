-- What was refused because a quota was used up, see store/store_quota.h. source_id 0: by a quota of
-- the tenant. since_at: the first of a time without a pause of a day.
CREATE TABLE IF NOT EXISTS api_quota (
	tenant_id INT UNSIGNED NOT NULL,
	source_id SMALLINT NOT NULL,
	quota TINYINT UNSIGNED NOT NULL,
	refused BIGINT UNSIGNED NOT NULL,
	since_at DATETIME(6) NOT NULL,
	last_at DATETIME(6) NOT NULL,
	PRIMARY KEY (tenant_id, source_id, quota)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Quotas that a tenant (source_id 0) or a Source has of its own; NULL: as the settings say. 0: no
-- limit.
CREATE TABLE IF NOT EXISTS api_quota_own (
	tenant_id INT UNSIGNED NOT NULL,
	source_id SMALLINT NOT NULL,
	in_flight INT UNSIGNED NULL,
	per_second INT UNSIGNED NULL,
	waiting_mb INT UNSIGNED NULL,
	PRIMARY KEY (tenant_id, source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

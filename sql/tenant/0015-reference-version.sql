-- How often reference data (rows that all Sources share, labels) was changed: whoever keeps answers
-- about it sees by this number that they are old.
CREATE TABLE IF NOT EXISTS `api_reference_version` (
	id TINYINT NOT NULL,
	version BIGINT NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

INSERT INTO `api_reference_version` (id, version) VALUES (1, 1)
ON DUPLICATE KEY UPDATE version = version + 1;

-- The club: privilege codes and their use, rules for points, requests that were done by their
-- Idempotency-Key.

INSERT INTO `LoyaltyPointType` (LoyaltyPointTypeId, Label, CreationDate, ModificationDate) VALUES
	(5, 'Used', '2026-01-01', '2026-01-01'),
	(6, 'Expired', '2026-01-01', '2026-01-01'),
	(7, 'Returned', '2026-01-01', '2026-01-01')
ON DUPLICATE KEY UPDATE LoyaltyPointTypeId = VALUES(LoyaltyPointTypeId);

-- What the codes of a campaign are good for. max_uses: of each code in all, NULL = any number;
-- contact_uses: of each code by one contact.
-- point_days: after so many days the points of a code expire, NULL = never.
CREATE TABLE IF NOT EXISTS `api_code_campaign` (
	campaign_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	label VARCHAR(200) NOT NULL DEFAULT '',
	valid_from DATETIME(6) NULL,
	valid_to DATETIME(6) NULL,
	max_uses INT UNSIGNED NULL,
	contact_uses INT UNSIGNED NOT NULL DEFAULT 1,
	points DECIMAL(19,4) NULL,
	point_days INT UNSIGNED NULL,
	voucher_category_id SMALLINT NULL,
	created_at DATETIME(6) NOT NULL,
	modified_at DATETIME(6) NOT NULL,
	PRIMARY KEY (campaign_id),
	UNIQUE KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- code: normalised, see store/store_code.h; compared by bytes. valid_from, valid_to, max_uses: NULL
-- = the campaign's. uses = its rows in api_code_use.
CREATE TABLE IF NOT EXISTS `api_code` (
	code_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	code VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	campaign_id INT UNSIGNED NOT NULL,
	valid_from DATETIME(6) NULL,
	valid_to DATETIME(6) NULL,
	max_uses INT UNSIGNED NULL,
	uses INT UNSIGNED NOT NULL DEFAULT 0,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (code_id),
	UNIQUE KEY code (code),
	KEY campaign (campaign_id, code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The n-th use of a code by a contact, and the members of the reply that told of it.
CREATE TABLE IF NOT EXISTS `api_code_use` (
	code_id BIGINT UNSIGNED NOT NULL,
	contact_id INT NOT NULL,
	n INT UNSIGNED NOT NULL,
	used_at DATETIME(6) NOT NULL,
	reply TEXT NOT NULL,
	PRIMARY KEY (code_id, contact_id, n),
	KEY contact (contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Codes on their way in: rows live within one transaction only.
CREATE TABLE IF NOT EXISTS `api_code_stage` (
	load_id BIGINT UNSIGNED NOT NULL,
	n INT UNSIGNED NOT NULL,
	code VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	valid_from DATETIME(6) NULL,
	valid_to DATETIME(6) NULL,
	max_uses INT UNSIGNED NULL,
	PRIMARY KEY (load_id, n),
	KEY code (load_id, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Wrong codes by subject (a hash of a contact or an address) until the end of its window.
CREATE TABLE IF NOT EXISTS `api_code_attempt` (
	subject BINARY(32) NOT NULL,
	until_at DATETIME(6) NOT NULL,
	wrong INT UNSIGNED NOT NULL,
	PRIMARY KEY (subject),
	KEY until_at (until_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Points per unit of the reference currency. source_id, brand_id: 0 = all. point_days as above.
CREATE TABLE IF NOT EXISTS `api_point_rule` (
	rule_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	source_id SMALLINT NOT NULL DEFAULT 0,
	brand_id INT NOT NULL DEFAULT 0,
	valid_from DATETIME(6) NOT NULL,
	valid_to DATETIME(6) NULL,
	points DECIMAL(19,4) NOT NULL,
	minimum DECIMAL(19,4) NOT NULL DEFAULT 0,
	point_days INT UNSIGNED NULL,
	created_at DATETIME(6) NOT NULL,
	modified_at DATETIME(6) NOT NULL,
	PRIMARY KEY (rule_id),
	UNIQUE KEY rule (source_id, brand_id, valid_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- status 0 is never seen by another transaction: it is set before the commit. contact_id: whom the
-- reply tells about.
CREATE TABLE IF NOT EXISTS `api_idempotency` (
	key_hash BINARY(32) NOT NULL,
	request_hash BINARY(32) NOT NULL,
	status SMALLINT NOT NULL DEFAULT 0,
	etag VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	contact_id INT NULL,
	reply MEDIUMBLOB NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (key_hash),
	KEY created_at (created_at),
	KEY contact (contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

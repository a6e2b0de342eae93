-- The registry: who may do what (customers, aliases, users, tokens, sources), the message queue and
-- the mail spool.
-- Every statement can be run again. Instants are UTC. Names that come in URLs compare without case
-- (original API), secrets and keys by bytes.

CREATE TABLE IF NOT EXISTS api_customer (
	customer_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	label VARCHAR(200) NOT NULL DEFAULT '',
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (customer_id),
	UNIQUE KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- One database of a customer; alias_id is "the tenant" everywhere else. host/socket empty = the
-- registry's own server, reached as the service's user.
CREATE TABLE IF NOT EXISTS api_alias (
	alias_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	customer_id INT UNSIGNED NOT NULL,
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
	database_name VARCHAR(64) NOT NULL,
	socket VARCHAR(200) NOT NULL DEFAULT '',
	host VARCHAR(255) NOT NULL DEFAULT '',
	port INT UNSIGNED NOT NULL DEFAULT 3306,
	db_user VARCHAR(80) NOT NULL DEFAULT '',
	db_password_sealed VARBINARY(512) NULL,
	reference_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'EUR',
	time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'UTC',
	zone_id INT NOT NULL DEFAULT 1,
	brand_id INT NOT NULL DEFAULT 1,
	address_type_id SMALLINT NOT NULL DEFAULT 1,
	admin_email VARCHAR(254) NULL,
	enabled TINYINT(1) NOT NULL DEFAULT 1,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (alias_id),
	UNIQUE KEY name (customer_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- rights: comma list of data, process, webhook, club, admin.
CREATE TABLE IF NOT EXISTS api_user (
	user_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	alias_id INT UNSIGNED NOT NULL,
	login VARCHAR(128) NOT NULL,
	password_hash VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	rights VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	enabled TINYINT(1) NOT NULL DEFAULT 1,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (user_id),
	UNIQUE KEY login (alias_id, login)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- No row of a kind = all zones (brands) of the tenant are allowed.
CREATE TABLE IF NOT EXISTS api_user_zone (
	user_id INT UNSIGNED NOT NULL,
	zone_id INT NOT NULL,
	PRIMARY KEY (user_id, zone_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS api_user_brand (
	user_id INT UNSIGNED NOT NULL,
	brand_id INT NOT NULL,
	PRIMARY KEY (user_id, brand_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- token_hash = SHA-256 of the token as the client sends it.
CREATE TABLE IF NOT EXISTS api_token (
	token_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	alias_id INT UNSIGNED NOT NULL,
	user_id INT UNSIGNED NULL,
	token_hash BINARY(32) NOT NULL,
	label VARCHAR(200) NOT NULL DEFAULT '',
	rights VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	created_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NULL,
	revoked_at DATETIME(6) NULL,
	PRIMARY KEY (token_id),
	UNIQUE KEY token_hash (token_hash),
	KEY alias (alias_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- A Source as the webhook actions see it: SourceId of the tenant plus how deliveries are verified.
-- scheme: none, shopify, standard, adobe, github, hmac (sig_ columns describe a generic HMAC).
CREATE TABLE IF NOT EXISTS api_source (
	api_source_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	alias_id INT UNSIGNED NOT NULL,
	source_id SMALLINT NOT NULL,
	label VARCHAR(200) NOT NULL DEFAULT '',
	scheme VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'none',
	sig_header VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	sig_hash VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'sha256',
	sig_encoding VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'base64',
	sig_prefix VARCHAR(32) NOT NULL DEFAULT '',
	sig_tolerance_s INT NOT NULL DEFAULT 300,
	shop_domain VARCHAR(255) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL DEFAULT '',
	key_hash BINARY(32) NULL,
	is_open TINYINT(1) NOT NULL DEFAULT 0,
	open_ips VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	test_orders TINYINT(1) NOT NULL DEFAULT 0,
	content_dedup_s INT NOT NULL DEFAULT 0,
	strict_order TINYINT(1) NOT NULL DEFAULT 0,
	enabled TINYINT(1) NOT NULL DEFAULT 1,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (api_source_id),
	UNIQUE KEY source (alias_id, source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Several secrets of a Source may be valid at once (rotation). Sealed under context
-- "source:<api_source_id>".
CREATE TABLE IF NOT EXISTS api_source_secret (
	secret_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
	api_source_id INT UNSIGNED NOT NULL,
	sealed VARBINARY(8192) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (secret_id),
	KEY source (api_source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- pattern: a whole address, or "@domain".
CREATE TABLE IF NOT EXISTS api_mail_allow (
	alias_id INT UNSIGNED NOT NULL,
	pattern VARCHAR(254) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (alias_id, pattern)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- One row per tenant, locked by a claim; the least recently served tenant with due work goes first.
CREATE TABLE IF NOT EXISTS api_tenant_queue (
	tenant_id INT UNSIGNED NOT NULL,
	served_at DATETIME(6) NOT NULL,
	PRIMARY KEY (tenant_id),
	KEY served (served_at, tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- state: 1 ready, 2 leased, 3 done, 4 dead, 5 unrouted, 6 superseded, 7 cancelled, 8 ignored.
-- kind: 1 QueueProcess, 2 EmailProcess.
-- visible_at: when a ready message may be taken; of a leased one, when its lease ends.
-- alone: its lease lapsed once, so it is claimed by itself; deaths counts workers that died while
-- it was leased alone.
-- dedup_key and ordering_key are SHA-256 of what semantics say; NULL = none. body is emptied by
-- retention, the row stays.
CREATE TABLE IF NOT EXISTS api_message (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	receipt BINARY(16) NOT NULL,
	tenant_id INT UNSIGNED NOT NULL,
	state TINYINT UNSIGNED NOT NULL DEFAULT 1,
	kind TINYINT UNSIGNED NOT NULL,
	batch_mode TINYINT(1) NOT NULL DEFAULT 0,
	visible_at DATETIME(6) NOT NULL,
	received_at DATETIME(6) NOT NULL,
	source_id SMALLINT NULL,
	zone_id INT NULL,
	brand_id INT NULL,
	address_type_id SMALLINT NULL,
	platform VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
	entity VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
	action VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
	email VARCHAR(2000) NOT NULL DEFAULT '',
	dedup_key BINARY(32) NULL,
	ordering_key BINARY(32) NULL,
	event_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	method VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	uri TEXT NOT NULL,
	headers TEXT NOT NULL,
	body LONGBLOB NOT NULL,
	lease BINARY(16) NULL,
	leased_by VARCHAR(100) NOT NULL DEFAULT '',
	alone TINYINT(1) NOT NULL DEFAULT 0,
	attempts INT UNSIGNED NOT NULL DEFAULT 0,
	deaths INT UNSIGNED NOT NULL DEFAULT 0,
	reason_class VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	reason VARCHAR(600) NOT NULL DEFAULT '',
	settled_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY receipt (receipt),
	UNIQUE KEY dedup (tenant_id, dedup_key),
	KEY claim (tenant_id, state, visible_at, id),
	KEY claim_batch (tenant_id, state, batch_mode, visible_at, id),
	KEY ordering (tenant_id, ordering_key, state),
	KEY lease (lease)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- History: one row per attempt. outcome: done, retry, dead, unrouted, superseded, ignored, lapsed.
CREATE TABLE IF NOT EXISTS api_attempt (
	message_id BIGINT UNSIGNED NOT NULL,
	attempt INT UNSIGNED NOT NULL,
	worker VARCHAR(100) NOT NULL,
	started_at DATETIME(6) NOT NULL,
	ended_at DATETIME(6) NOT NULL,
	outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	reason_class VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	reason VARCHAR(600) NOT NULL DEFAULT '',
	PRIMARY KEY (message_id, attempt)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- A mail to send. kind: 1 webhook (rendered from its message when sent), 2 digest, 3 text.
-- state: 1 ready, 2 leased, 3 sent, 4 dead, 5 folded (into a digest).
CREATE TABLE IF NOT EXISTS api_mail (
	mail_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	tenant_id INT UNSIGNED NOT NULL,
	kind TINYINT UNSIGNED NOT NULL,
	message_id BIGINT UNSIGNED NULL,
	header_id VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	subject VARCHAR(300) NOT NULL DEFAULT '',
	content MEDIUMTEXT NOT NULL,
	state TINYINT UNSIGNED NOT NULL DEFAULT 1,
	visible_at DATETIME(6) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	give_up_at DATETIME(6) NOT NULL,
	lease BINARY(16) NULL,
	attempts INT UNSIGNED NOT NULL DEFAULT 0,
	sent_at DATETIME(6) NULL,
	reason VARCHAR(600) NOT NULL DEFAULT '',
	PRIMARY KEY (mail_id),
	UNIQUE KEY message (message_id),
	UNIQUE KEY header_id (header_id),
	KEY due (state, visible_at, mail_id),
	KEY flood (tenant_id, kind, sent_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- One row per recipient: each has its own fate. state: 1 open, 3 sent, 4 refused.
CREATE TABLE IF NOT EXISTS api_mail_recipient (
	mail_id BIGINT UNSIGNED NOT NULL,
	address VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	state TINYINT UNSIGNED NOT NULL DEFAULT 1,
	code SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	reply VARCHAR(400) NOT NULL DEFAULT '',
	changed_at DATETIME(6) NOT NULL,
	PRIMARY KEY (mail_id, address)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

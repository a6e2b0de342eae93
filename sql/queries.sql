-- Every SQL statement of the system, by name. "{registry}" is the quoted name of the registry database.
-- Types in the comments: int, text (also DECIMAL and JSON), bytes, time (DATETIME(6), UTC). Each "?" has one in-type.
-- No statement but clock_now calls a time function; the instant comes in as a parameter.

-- ------------------------------------------------------------------ clock

-- name: clock_now
-- out: time now
SELECT UTC_TIMESTAMP(6)

-- ------------------------------------------------------------------ migrate

-- name: migrate_create
CREATE TABLE IF NOT EXISTS api_schema (
	scope VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	version INT NOT NULL,
	title VARCHAR(200) NOT NULL,
	applied_at DATETIME(6) NOT NULL,
	PRIMARY KEY (scope, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci

-- The lock dies with its connection. (Across Galera nodes it does not exclude; every migration statement can be repeated.)
-- name: migrate_lock
-- in: int wait_s
-- out: int got
SELECT GET_LOCK(CONCAT('customerapi.', DATABASE()), ?)

-- name: migrate_unlock
-- out: int freed
SELECT RELEASE_LOCK(CONCAT('customerapi.', DATABASE()))

-- name: migrate_version
-- in: text scope
-- out: int version
SELECT CAST(COALESCE(MAX(version), 0) AS SIGNED) FROM api_schema WHERE scope = ?

-- name: migrate_mark
-- in: text scope, int version, text title, time applied_at
INSERT INTO api_schema (scope, version, title, applied_at) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE title = VALUES(title)

-- ------------------------------------------------------------------ access (store/store_access.c)

-- name: access_alias
-- in: text customer, text alias
-- out: int alias_id, text customer, text alias, text database_name, text socket, text host, int port, text db_user, bytes db_password_sealed, text reference_currency
-- out: text time_zone, int zone_id, int brand_id, int address_type_id
SELECT a.alias_id, c.name, a.name, a.database_name, a.socket, a.host, a.port, a.db_user, a.db_password_sealed, a.reference_currency,
	a.time_zone, a.zone_id, a.brand_id, a.address_type_id
FROM {registry}.api_customer c JOIN {registry}.api_alias a ON a.customer_id = c.customer_id
WHERE c.name = ? AND a.name = ? AND a.enabled = 1

-- name: access_token
-- in: bytes token_hash, time now
-- out: int token_id, int alias_id, int user_id, text rights, text user_rights
SELECT t.token_id, t.alias_id, t.user_id, t.rights, u.rights
FROM {registry}.api_token t LEFT JOIN {registry}.api_user u ON u.user_id = t.user_id AND u.alias_id = t.alias_id
WHERE t.token_hash = ? AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?)
	AND (t.user_id IS NULL OR u.enabled = 1)

-- name: access_source
-- in: int alias_id, int source_id
-- out: int api_source_id, int source_id, text scheme, text sig_header, text sig_hash, text sig_encoding, text sig_prefix, int sig_tolerance_s, bytes key_hash
-- out: text shop_domain, int is_open, text open_ips, int content_dedup_s
SELECT api_source_id, source_id, scheme, sig_header, sig_hash, sig_encoding, sig_prefix, sig_tolerance_s, key_hash, shop_domain, is_open,
	open_ips, content_dedup_s
FROM {registry}.api_source WHERE alias_id = ? AND source_id = ? AND enabled = 1

-- name: access_source_secrets
-- in: int api_source_id
-- out: bytes sealed
SELECT sealed FROM {registry}.api_source_secret WHERE api_source_id = ? ORDER BY secret_id DESC LIMIT 20

-- name: access_user
-- in: int alias_id, text login
-- out: int user_id, text password_hash, text rights
SELECT user_id, password_hash, rights FROM {registry}.api_user WHERE alias_id = ? AND login = ? AND enabled = 1

-- name: access_user_zones
-- in: int user_id
-- out: int zone_id
SELECT zone_id FROM {registry}.api_user_zone WHERE user_id = ? ORDER BY zone_id

-- name: access_user_brands
-- in: int user_id
-- out: int brand_id
SELECT brand_id FROM {registry}.api_user_brand WHERE user_id = ? ORDER BY brand_id

-- name: access_mail_allow
-- in: int alias_id, text address, text domain
-- out: text pattern
SELECT pattern FROM {registry}.api_mail_allow WHERE alias_id = ? AND pattern IN (?, ?)

-- ------------------------------------------------------------------ message: intake (store/store_message.c)

-- name: message_insert
-- in: bytes receipt, int tenant_id, int kind, int batch_mode, time visible_at, time received_at, int source_id, int zone_id, int brand_id, int address_type_id
-- in: text platform, text entity, text action, text email, bytes dedup_key, bytes ordering_key, text event_id, text method, text uri, text headers, bytes body
INSERT INTO {registry}.api_message (receipt, tenant_id, kind, batch_mode, visible_at, received_at, source_id, zone_id, brand_id, address_type_id,
	platform, entity, action, email, dedup_key, ordering_key, event_id, method, uri, headers, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE id = id

-- name: message_by_receipt
-- in: bytes receipt
-- out: bytes receipt, time visible_at
SELECT receipt, visible_at FROM {registry}.api_message WHERE receipt = ?

-- name: message_by_receipts
-- in: bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt, bytes receipt
-- out: bytes receipt, time visible_at
SELECT receipt, visible_at FROM {registry}.api_message WHERE receipt IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: message_by_dedup
-- in: int tenant_id, bytes dedup_key
-- out: bytes receipt, time visible_at
SELECT receipt, visible_at FROM {registry}.api_message WHERE tenant_id = ? AND dedup_key = ?

-- name: message_receipt
-- in: bytes receipt, int tenant_id
-- out: int state, time received_at, time visible_at, time settled_at, int attempts, int source_id, text reason
SELECT state, received_at, visible_at, settled_at, attempts, source_id, reason FROM {registry}.api_message WHERE receipt = ? AND tenant_id = ?

-- ------------------------------------------------------------------ contact (store/contact.c)

-- name: contact_by_identifier
-- in: text identifier, int source_id
-- out: int contact_id
SELECT ContactId FROM ContactIdentifier WHERE Identifier = ? AND SourceId = ?

-- Two customer ids that would join the same guest stand in line here.
-- name: contact_by_identifier_lock
-- in: text identifier, int source_id
-- out: int contact_id
SELECT ContactId FROM ContactIdentifier WHERE Identifier = ? AND SourceId = ? FOR UPDATE

-- name: contact_customer_ids
-- in: int contact_id, int source_id
-- out: int ids
SELECT COUNT(*) FROM ContactIdentifier WHERE ContactId = ? AND SourceId = ? AND Identifier NOT LIKE 'email:%'

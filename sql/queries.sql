-- Every SQL statement of the system, by name. "{registry}" is the quoted name of the registry
-- database.
-- Types in the comments: int, text (also DECIMAL and JSON), bytes, time (DATETIME(6), UTC). Each
-- "?" has one in-type.
-- No statement but clock_now, and message_put, which is a transaction of its own, calls a time
-- function; the instant comes in as a parameter.

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

-- The lock dies with its connection. (Across Galera nodes it does not exclude; every migration
-- statement can be repeated.)
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
INSERT INTO api_schema (scope, version, title, applied_at) VALUES (?, ?, ?, ?)
ON DUPLICATE KEY UPDATE title = VALUES(title)

-- ------------------------------------------------------------------ access
-- (store/registry/store_access.c)

-- The tenants.
-- part: tenants
{registry}.api_alias a JOIN {registry}.api_customer c ON c.customer_id = a.customer_id

-- The tenant of a row: by its alias_id, or by its tenant_id.
-- part: tenant_of
JOIN {registry}.api_alias a ON a.alias_id = $1.alias_id
	JOIN {registry}.api_customer c ON c.customer_id = a.customer_id

-- part: tenant_by_id
JOIN {registry}.api_alias a ON a.alias_id = $1.tenant_id
	JOIN {registry}.api_customer c ON c.customer_id = a.customer_id

-- A token and the user that it belongs to, if any.
-- part: token_user
{registry}.api_token t LEFT JOIN {registry}.api_user u ON u.user_id = t.user_id
	AND u.alias_id = t.alias_id

-- What data of a tenant has unless it says otherwise.
-- part: alias_defaults
a.reference_currency, a.time_zone, a.zone_id, a.brand_id, a.address_type_id

-- A tenant, as the programs reach it.
-- part: alias
-- out: int alias_id, text customer, text alias, text database_name, text socket, text host
-- out: int port, text db_user, bytes db_password_sealed, text reference_currency, text time_zone
-- out: int zone_id, int brand_id, int address_type_id
a.alias_id, c.name, a.name, a.database_name, a.socket, a.host, a.port, a.db_user,
	a.db_password_sealed, {alias_defaults}

-- By customer and alias.
-- part: alias_named
FROM {tenants} WHERE c.name = ? AND a.name = ?

-- name: access_alias
-- in: text customer, text alias
-- out: {alias}
SELECT {alias} {alias_named} AND a.enabled = 1

-- The same with those that are disabled: for the command line.
-- name: access_alias_any
-- in: text customer, text alias
-- out: {alias}
SELECT {alias} {alias_named}

-- name: access_token
-- in: bytes token_hash, time now
-- out: int token_id, int alias_id, int user_id, text rights, text user_rights
-- out: text customer, text alias
SELECT t.token_id, t.alias_id, t.user_id, t.rights, u.rights, c.name, a.name
FROM {token_user} {tenant_of:t}
WHERE t.token_hash = ? AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?)
	AND (t.user_id IS NULL OR u.enabled = 1)

-- name: access_source
-- in: int alias_id, int source_id
-- out: int api_source_id, int source_id, text scheme, text sig_header, text sig_hash
-- out: text sig_encoding, text sig_prefix, int sig_tolerance_s, bytes key_hash
-- out: text shop_domain, int is_open, text open_ips, int content_dedup_s
-- out: int timestamp_tolerance_s, text zones, text brands
SELECT api_source_id, source_id, scheme, sig_header, sig_hash, sig_encoding, sig_prefix,
	sig_tolerance_s, key_hash, shop_domain, is_open, open_ips, content_dedup_s,
	timestamp_tolerance_s, zones, brands
FROM {registry}.api_source WHERE alias_id = ? AND source_id = ? AND enabled = 1

-- name: access_source_secrets
-- in: int api_source_id
-- out: bytes sealed
SELECT sealed FROM {registry}.api_source_secret WHERE api_source_id = ? ORDER BY secret_id DESC
LIMIT 20

-- name: access_user
-- in: int alias_id, text login
-- out: int user_id, text password_hash, text rights, text allow_ips, text login
SELECT user_id, password_hash, rights, allow_ips, login FROM {registry}.api_user
WHERE alias_id = ? AND login = ? AND enabled = 1

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

-- ------------------------------------------------------------------ reference lists
-- (fcgi/api/ctl_adictiz.c; in the tenant's database)

-- name: reference_zones
-- in: int limit
-- out: int zone_id, text label, int hierarchy_level, text path
SELECT ZoneId, Label, HierarchyLevel, ZoneHierarchyLabel FROM Zone WHERE DeletionFlag = 0
ORDER BY ZoneId LIMIT ?

-- name: reference_brands
-- in: int limit
-- out: int brand_id, text label, int hierarchy_level, text path
SELECT BrandId, Label, HierarchyLevel, BrandPath FROM Brand WHERE DeletionFlag = 0 ORDER BY BrandId
LIMIT ?

-- name: reference_address_types
-- in: int limit
-- out: int contact_address_type_id, text label
SELECT ContactAddressTypeId, Label FROM ContactAddressType WHERE DeletionFlag = 0
ORDER BY ContactAddressTypeId LIMIT ?

-- ------------------------------------------------------------------ message: intake
-- (store/registry/store_message.c)

-- Messages that are ready or leased. phase has the same two numbers for those without and with
-- BatchMode, and the state of all others (sql/registry/0028-leases.sql).
-- part: open
phase IN ({MESSAGE_READY}, {MESSAGE_LEASED})

-- Until when the message $1 is invisible, or leased.
-- part: until
COALESCE((SELECT until_at FROM {registry}.api_lease
	WHERE lease = $1.lease AND $1.state = {MESSAGE_LEASED}), $1.visible_at)

-- The end of JSON_TABLE(array, …): messages by their numbers in the array.
-- part: numbered
'$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) j
	STRAIGHT_JOIN {registry}.api_message m ON m.id = j.id

-- What leases hold.
-- part: held
{registry}.api_lease l
	JOIN JSON_TABLE(l.ids, {numbered} AND m.lease = l.lease
	AND m.state = {MESSAGE_LEASED}

-- part: held_of_each
{held} WHERE m.tenant_id = COALESCE(:tenant_id, m.tenant_id) GROUP BY m.tenant_id

-- Messages, as many rows as are given, in one statement that commits by itself: so the instant of
-- arrival is read here, and not by clock_now (offset_us is the program's own). A row gives way to
-- an earlier one with its receipt or its de-dup key, and what is there then comes back, in the
-- order of the rows.
-- name: message_put
-- in: bytes receipt, int tenant_id, int kind, int auth, int batch_mode, int visible_us
-- in: int offset_us, int source_id, int zone_id, int brand_id, int address_type_id, text limits
-- in: text platform, text entity, text action, text email, bytes dedup_key, bytes body_hash
-- in: bytes ordering_key, text event_id, text method, text uri, text headers, int body_bytes
-- in: bytes body
-- out: bytes receipt, time visible_at
INSERT INTO {registry}.api_message (receipt, tenant_id, kind, auth, batch_mode, visible_at,
	received_at, source_id, zone_id, brand_id, address_type_id, limits, platform, entity,
	action, email, dedup_key, body_hash, ordering_key, event_id, method, uri, headers,
	body_bytes, body)
VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,
	UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
	?, ?)
ON DUPLICATE KEY UPDATE id = id
RETURNING receipt, visible_at

-- name: message_receipt
-- in: bytes receipt, int tenant_id
-- out: int state, time received_at, time visible_at, time settled_at, int attempts, int source_id
-- out: text reason, text remarks
SELECT m.state, m.received_at, {until:m}, m.settled_at, m.attempts, m.source_id, m.reason, m.remarks
FROM {registry}.api_message m WHERE m.receipt = ? AND m.tenant_id = ?

-- ------------------------------------------------------------------ contact (store/contact.c)

-- name: contact_by_identifier
-- in: text identifier, int source_id
-- out: int contact_id
SELECT ContactId FROM ContactIdentifier WHERE Identifier = ? AND SourceId = ?

-- Whoever works for the contact of an identifier holds the identifier: a merge of the contact into
-- another waits, or is over.
-- name: contact_by_identifier_share
-- in: text identifier, int source_id
-- out: int contact_id
SELECT ContactId FROM ContactIdentifier WHERE Identifier = ? AND SourceId = ? LOCK IN SHARE MODE

-- Two customer ids that would join the same guest stand in line here.
-- name: contact_by_identifier_lock
-- in: text identifier, int source_id
-- out: int contact_id
SELECT ContactId FROM ContactIdentifier WHERE Identifier = ? AND SourceId = ? FOR UPDATE

-- When an identifier ended in its Source, if it did.
-- part: identifier_end
LEFT JOIN api_identifier_end e ON e.identifier = i.Identifier AND e.source_id = i.SourceId

-- name: contact_identifier_end
-- in: text identifier, int source_id, int contact_id, time ended_at
INSERT INTO api_identifier_end (identifier, source_id, contact_id, ended_at) VALUES (?, ?, ?, ?)
ON DUPLICATE KEY UPDATE contact_id = VALUES(contact_id), ended_at = VALUES(ended_at)

-- name: contact_identifier_revive
-- in: text identifier, int source_id
DELETE FROM api_identifier_end WHERE identifier = ? AND source_id = ?

-- name: contact_identifier_revive_before
-- in: text identifier, int source_id, time before
DELETE FROM api_identifier_end WHERE identifier = ? AND source_id = ? AND ended_at < ?

-- What identifiers contacts have, per Source; the one that is asked for by itself. named: a JSON
-- array of [n, contact_id, hexadecimal digits of an identifier]; n tells whose an answer is.
-- name: contact_states
-- in: text named
-- out: int n, int source_id, int is_asked, time ended_at, int identifiers, int customers
-- out: int living, int living_customers
SELECT j.n, i.SourceId,
	i.Identifier = CONVERT(UNHEX(j.digits) USING utf8mb4) COLLATE utf8mb4_nopad_bin is_asked,
	MAX(e.ended_at), COUNT(*), COUNT(CASE WHEN i.Identifier NOT LIKE 'email:%' THEN 1 END),
	COUNT(CASE WHEN e.ended_at IS NULL THEN 1 END),
	COUNT(CASE WHEN e.ended_at IS NULL AND i.Identifier NOT LIKE 'email:%' THEN 1 END)
FROM JSON_TABLE(:named, '$[*]' COLUMNS (n INT PATH '$[0]', contact_id INT PATH '$[1]',
		digits VARCHAR(2040) CHARACTER SET ascii PATH '$[2]')) j
	STRAIGHT_JOIN ContactIdentifier i ON i.ContactId = j.contact_id {identifier_end}
GROUP BY j.n, i.SourceId, is_asked ORDER BY j.n

-- Of identifiers that are there no more.
-- name: contact_identifier_end_sweep
-- in: int contact_id
DELETE e
FROM api_identifier_end e LEFT JOIN ContactIdentifier i ON i.Identifier = e.identifier
	AND i.SourceId = e.source_id
WHERE e.contact_id = ? AND i.ContactIdentifierId IS NULL

-- name: consent_put
-- in: int contact_id, int brand_id, int address_type_id, text channel, int old_optin
-- in: int new_optin, text statement, time said_at, int source_id, time written_at
INSERT INTO api_contact_consent (contact_id, brand_id, address_type_id, channel, old_optin,
	new_optin, statement, said_at, source_id, written_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: consent_list
-- in: int contact_id, int limit
-- out: int contact_id, time said_at, text channel, int brand_id, int address_type_id
-- out: int old_optin, int new_optin, text statement, int source_id, time written_at
SELECT contact_id, said_at, channel, brand_id, address_type_id, old_optin, new_optin, statement,
	source_id, written_at
FROM api_contact_consent WHERE contact_id = ? ORDER BY consent_id DESC LIMIT ?

-- Contacts of a Source that have one of some addresses: the first and the last of each address.
-- Unused places repeat one.
-- name: contact_accounts
-- in: text email[128], int source_id
-- out: text email, int first, int last
SELECT a.EmailNormal, MIN(a.ContactId), MAX(a.ContactId)
FROM Address a JOIN Contact c ON c.ContactId = a.ContactId
WHERE a.EmailNormal IN (:email) AND a.DeletionFlag = 0 AND c.DeletionFlag = 0
	AND EXISTS (
		SELECT 1 FROM ContactIdentifier i
		WHERE i.ContactId = a.ContactId AND i.SourceId = :source_id
		)
GROUP BY a.EmailNormal

-- The row is gone with the next statement; its lock stays to the end of the transaction.
-- By a JSON array of hexadecimal digits, in its order: by IN the server would read, and wait for,
-- all rows of a table that it takes to be small.
-- part: contact_hashes
JSON_TABLE(:hashes, '$[*]' COLUMNS (digits CHAR(64) CHARACTER SET ascii PATH '$')) j

-- name: contact_lock_put
-- in: text hashes
INSERT INTO api_contact_lock (hash) SELECT UNHEX(j.digits) FROM {contact_hashes}
ON DUPLICATE KEY UPDATE hash = api_contact_lock.hash

-- name: contact_lock_drop
-- in: text hashes
DELETE l FROM {contact_hashes} STRAIGHT_JOIN api_contact_lock l ON l.hash = UNHEX(j.digits)

-- ------------------------------------------------------------------ guests' identifiers made anew
-- (store/migrate_address.c; in the tenant's database)

-- name: migrate_address_count
-- out: int rows
SELECT (SELECT COUNT(*) FROM Address) + (
	SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier LIKE 'email:%')

-- In the order of keys, which do not change, while the identifiers do.
-- name: migrate_guests
-- in: text after, int limit
-- out: text contact_identifier_id, text identifier, int source_id, int contact_id
SELECT ContactIdentifierId, Identifier, SourceId, ContactId
FROM ContactIdentifier FORCE INDEX (PRIMARY)
WHERE ContactIdentifierId > ? AND Identifier LIKE 'email:%' ORDER BY ContactIdentifierId LIMIT ?

-- name: migrate_guest_of
-- in: text identifier, int source_id
-- out: text contact_identifier_id, int contact_id
SELECT ContactIdentifierId, ContactId FROM ContactIdentifier WHERE Identifier = ? AND SourceId = ?
FOR UPDATE

-- ModificationDate stays: nothing new was said.
-- name: migrate_guest_rename
-- in: text identifier, text contact_identifier_id, text was, int contact_id
UPDATE ContactIdentifier SET Identifier = ?
WHERE ContactIdentifierId = ? AND Identifier = ? AND ContactId = ?

-- name: migrate_guest_drop
-- in: text contact_identifier_id, text identifier, int contact_id
DELETE FROM ContactIdentifier WHERE ContactIdentifierId = ? AND Identifier = ? AND ContactId = ?

-- ------------------------------------------------------------------ persons: erased ones
-- (store/entity/erased.c; in the tenant's database)

-- What a batch of changes asks first.
-- name: reference_begin
-- out: int erased, int version
SELECT EXISTS (SELECT 1 FROM api_erased), version FROM api_reference_version

-- name: reference_changed
UPDATE api_reference_version SET version = version + 1

-- name: erased_any
-- out: int any_row
SELECT 1 FROM api_erased LIMIT 1

-- name: erased_put
-- in: bytes hash, time erased_at, int lasting
INSERT INTO api_erased (hash, erased_at, lasting) VALUES (?, ?, ?)
ON DUPLICATE KEY UPDATE erased_at = GREATEST(erased_at, VALUES(erased_at)),
	lasting = GREATEST(lasting, VALUES(lasting))

-- name: erased_drop
-- in: bytes hash
DELETE FROM api_erased WHERE hash = ?

-- Unused places repeat one.
-- name: erased_find
-- in: bytes hash[8]
-- out: bytes hash, time erased_at, int lasting
SELECT hash, erased_at, lasting FROM api_erased WHERE hash IN (:hash)

-- ------------------------------------------------------------------ persons: who it is
-- (privacy/person.c, privacy/person_erase.c; in the tenant's database)

-- Second, rows that somebody wrote by hand, as far as they spell it alike.
-- name: person_by_address
-- in: text email
-- out: int contact_id, text email
SELECT ContactId, Email FROM Address WHERE EmailNormal = :email
UNION SELECT ContactId, Email FROM Address WHERE Email = :email AND EmailNormal IS NULL
ORDER BY 1 LIMIT 1000

-- The guests of an address, and the duplicates that were set aside: identifiers from the second
-- to before the third.
-- name: person_guests
-- in: text identifier, text first, text behind
-- out: int contact_id, int source_id, text identifier
SELECT ContactId, SourceId, Identifier FROM ContactIdentifier
WHERE Identifier = ? OR (Identifier >= ? AND Identifier < ?) ORDER BY Identifier, SourceId
LIMIT 1000

-- The contact, or the one that it was merged into.
-- name: person_by_contact
-- in: int contact_id
-- out: int contact_id
SELECT ContactId FROM Contact WHERE ContactId = :contact_id UNION SELECT contact_id
FROM api_contact_merge WHERE merged_contact_id = :contact_id

-- Whoever writes for a contact and holds its row is done before it is erased.
-- name: person_contact_lock
-- in: int contact_id
-- out: int contact_id
SELECT ContactId FROM Contact WHERE ContactId = ? FOR UPDATE

-- name: person_purchase
-- in: text purchase_identifier, int source_id
-- out: int purchase_header_id, int contact_id
SELECT PurchaseHeaderId, ContactId FROM PurchaseHeader WHERE PurchaseIdentifier = ? AND SourceId = ?

-- name: person_identifiers
-- in: int contact_id
-- out: text identifier, int source_id
SELECT Identifier, SourceId FROM ContactIdentifier WHERE ContactId = ? ORDER BY SourceId, Identifier
LIMIT 1000

-- name: person_customer_ids
-- in: int contact_id, int source_id
-- out: text identifier
SELECT Identifier FROM ContactIdentifier
WHERE ContactId = ? AND SourceId = ? AND Identifier NOT LIKE 'email:%'

-- Known by nothing but a mail address.
-- name: person_is_guest
-- in: int contact_id
-- out: int is_guest
SELECT CAST(COALESCE(MIN(Identifier LIKE 'email:%'), 0) AS SIGNED) FROM ContactIdentifier
WHERE ContactId = ?

-- A contact's identifiers in a Source, and in others.
-- name: person_sources
-- in: int source_id, int contact_id
-- out: int own, int others
SELECT CAST(COALESCE(SUM(SourceId = :source_id), 0) AS SIGNED),
	CAST(COALESCE(SUM(SourceId <> :source_id), 0) AS SIGNED)
FROM ContactIdentifier WHERE ContactId = :contact_id

-- Tables that have rows of contacts; entities of the model are among them.
-- name: person_tables
-- out: text table_name, text column_name
SELECT t.TABLE_NAME, c.COLUMN_NAME
FROM information_schema.TABLES t
	JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA
	AND c.TABLE_NAME = t.TABLE_NAME
WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE'
	AND c.COLUMN_NAME IN ('ContactId', 'contact_id')
ORDER BY t.TABLE_NAME, c.COLUMN_NAME

-- name: person_table_columns
-- in: text table_name
-- out: text column_name
SELECT COLUMN_NAME FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION

-- The columns of a table's unique keys that have a column in them, key by key.
-- name: person_table_keys
-- in: text table_name, text column_name
-- out: text index_name, text column_name
SELECT s.INDEX_NAME, s.COLUMN_NAME FROM information_schema.STATISTICS s
WHERE s.TABLE_SCHEMA = DATABASE() AND s.TABLE_NAME = :table_name AND s.NON_UNIQUE = 0
	AND EXISTS (SELECT 1 FROM information_schema.STATISTICS k
		WHERE k.TABLE_SCHEMA = DATABASE() AND k.TABLE_NAME = :table_name
			AND k.INDEX_NAME = s.INDEX_NAME AND k.COLUMN_NAME = :column_name)
ORDER BY s.INDEX_NAME, s.SEQ_IN_INDEX

-- ------------------------------------------------------------------ persons: contacts merged
-- (store/contact_merge.c; in the tenant's database)

-- name: merge_identifiers
-- in: int low, int high
-- out: text identifier, int source_id, int contact_id
SELECT Identifier, SourceId, ContactId FROM ContactIdentifier WHERE ContactId IN (?, ?)
ORDER BY ContactIdentifierId FOR UPDATE

-- name: merge_emails
-- in: int contact_id
-- out: text email
SELECT DISTINCT Email FROM Address WHERE ContactId = ? AND DeletionFlag = 0 AND Email <> ''
ORDER BY AddressId LIMIT 100

-- An interest that both have is one. only_source: 0 = of any.
-- name: merge_interests
-- in: time now, int from_id, int into_id, int only_source
UPDATE ContactInterest x JOIN ContactInterest y ON y.SourceId = x.SourceId
	AND y.ContactInterestCategoryId <=> x.ContactInterestCategoryId
	AND y.PurchaseGoodId <=> x.PurchaseGoodId
	AND y.PurchaseGoodCategoryId <=> x.PurchaseGoodCategoryId
SET x.DeletionFlag = 1, x.ModificationDate = :now
WHERE x.ContactId = :from_id AND y.ContactId = :into_id AND x.DeletionFlag = 0
	AND y.DeletionFlag = 0 AND (:only_source = 0 OR x.SourceId = :only_source)

-- Uses of a code that both used are counted on.
-- name: merge_code_uses
-- in: int into_id, int from_id
UPDATE api_code_use x
	LEFT JOIN (SELECT u.code_id, MAX(u.n) AS n FROM api_code_use u WHERE u.contact_id = :into_id
		GROUP BY u.code_id) y
		ON y.code_id = x.code_id
SET x.n = x.n + COALESCE(y.n, 0), x.contact_id = :into_id WHERE x.contact_id = :from_id

-- name: merge_put
-- in: int merged_contact_id, int contact_id, int source_id, text statement, time said_at
-- in: time merged_at
INSERT INTO api_contact_merge (merged_contact_id, contact_id, source_id, statement, said_at,
	merged_at)
VALUES (?, ?, ?, ?, ?, ?)

-- Contacts that were merged into one.
-- name: merge_of
-- in: int contact_id
-- out: int merged_contact_id
SELECT merged_contact_id FROM api_contact_merge WHERE contact_id = ? ORDER BY merged_contact_id

-- ------------------------------------------------------------------ persons: requests
-- (store/registry/store_privacy.c)

-- One per message of a platform; the last insert id is the row's, new or not.
-- name: privacy_put
-- in: int tenant_id, int kind, int state, int source_id, text request, bytes receipt
-- in: bytes subject_hash, bytes subject_sealed, text requested_by, time requested_at, time done_at
-- in: text counts
INSERT INTO {registry}.api_privacy (tenant_id, kind, state, source_id, request, receipt,
	subject_hash, subject_sealed, requested_by, requested_at, done_at, counts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE privacy_id = LAST_INSERT_ID(privacy_id)

-- name: privacy_get
-- in: int privacy_id, int tenant_id
-- out: int privacy_id, int kind, int state, int source_id, text request, bytes subject_hash
-- out: bytes subject_sealed, text requested_by, time requested_at, time erased_at, time done_at
-- out: text counts
SELECT privacy_id, kind, state, source_id, request, subject_hash, subject_sealed, requested_by,
	requested_at, erased_at, done_at, counts
FROM {registry}.api_privacy WHERE privacy_id = ? AND tenant_id = ?

-- An erasure of this person that was begun by hand and not ended. One that a platform asks for may
-- be of its Source only.
-- name: privacy_open_of
-- in: int tenant_id, bytes subject_hash
-- out: int privacy_id
SELECT privacy_id FROM {registry}.api_privacy
WHERE tenant_id = ? AND subject_hash = ? AND state = {REQUEST_OPEN} AND kind = {REQUEST_ERASE}
ORDER BY privacy_id LIMIT 1

-- Runs that wait for the requests of platforms about a tenant's persons.
-- part: planned
tenant_id = ? AND state = {RUN_WAITING} AND process = ? AND created_by = ? AND parameters = ''

-- It must not begin while the request that counts on it is not committed.
-- name: privacy_planned
-- in: int tenant_id, text process, text created_by
-- out: int run_id, time not_before
SELECT run_id, not_before FROM {registry}.api_run FORCE INDEX (tenant_state)
WHERE {planned}
ORDER BY not_before, run_id LIMIT 1 LOCK IN SHARE MODE

-- Requests about persons that are not done, and their tenants.
-- part: requests_open
{registry}.api_privacy p FORCE INDEX (open)
	JOIN {registry}.api_alias a ON a.alias_id = p.tenant_id

-- Tenants with requests of platforms that no run waits for.
-- name: privacy_forgotten
-- in: time requested_at, text process, int limit
-- out: int tenant_id
SELECT DISTINCT p.tenant_id
FROM {requests_open} AND a.enabled = 1
WHERE p.state = {REQUEST_OPEN} AND p.kind IN ({REQUEST_REDACT}, {REQUEST_SHOP_REDACT})
	AND p.requested_at <= ?
	AND NOT EXISTS (SELECT 1 FROM {registry}.api_run r FORCE INDEX (tenant_state)
		WHERE r.tenant_id = p.tenant_id AND r.state IN ({RUN_WAITING}, {RUN_RUNNING})
			AND r.process = ? AND r.parameters = '')
LIMIT ?

-- name: privacy_plan_sooner
-- in: time not_before, int run_id
UPDATE {registry}.api_run SET not_before = ? WHERE run_id = ? AND state = {RUN_WAITING}

-- Two that were planned at the same moment, or one that was to try again.
-- name: privacy_plan_end
-- in: time now, int tenant_id, text process, text created_by
UPDATE {registry}.api_run FORCE INDEX (tenant_state)
SET state = {RUN_CANCELLED}, ended_at = ?, reason_class = 'cancelled',
	reason = 'Another run ends these requests.'
WHERE {planned}

-- name: privacy_open_erasures
-- in: int tenant_id
-- out: int privacy_id
SELECT privacy_id FROM {registry}.api_privacy
WHERE tenant_id = ? AND state = {REQUEST_OPEN}
	AND kind IN ({REQUEST_ERASE}, {REQUEST_REDACT}, {REQUEST_SHOP_REDACT})
ORDER BY privacy_id

-- name: privacy_begin
-- in: time erased_at, bytes subject_sealed, int privacy_id
UPDATE {registry}.api_privacy SET erased_at = ?, subject_sealed = ?
WHERE privacy_id = ? AND state = {REQUEST_OPEN}

-- name: privacy_done
-- in: time done_at, text counts, int privacy_id
UPDATE {registry}.api_privacy
SET state = {REQUEST_DONE}, done_at = ?, counts = ?, subject_sealed = NULL
WHERE privacy_id = ? AND state = {REQUEST_OPEN}

-- name: privacy_admin_email
-- in: int alias_id
-- out: text admin_email
SELECT admin_email FROM {registry}.api_alias WHERE alias_id = ?

-- Newest first. Without the casts a parameter keeps the type of its first value, NULL for example.
-- name: privacy_list
-- in: int tenant_id, int state, int before_id, int limit
-- out: int privacy_id, int kind, int state, int source_id, text request, bytes subject_hash
-- out: text requested_by, time requested_at, time done_at, text counts
SELECT p.privacy_id, p.kind, p.state, p.source_id, p.request, p.subject_hash, p.requested_by,
	p.requested_at, p.done_at, p.counts
FROM (SELECT CAST(? AS UNSIGNED) AS tenant, CAST(? AS SIGNED) AS wanted_state) w
	JOIN {registry}.api_privacy p ON p.tenant_id = w.tenant
WHERE (w.wanted_state IS NULL OR p.state = w.wanted_state) AND p.privacy_id < ?
ORDER BY p.privacy_id DESC LIMIT ?

-- ------------------------------------------------------------------ persons: traces in the
-- registry (privacy/person_trace.c)
-- All messages, mails and runs of a tenant, by ranges of their keys: what a body says is in no
-- index.

-- name: trace_message_next
-- in: int after_id
-- out: int id
SELECT id FROM {registry}.api_message WHERE id > ? ORDER BY id LIMIT 1

-- name: trace_message_max
-- out: int id
SELECT id FROM {registry}.api_message ORDER BY id DESC LIMIT 1

-- name: trace_messages
-- in: int after_id, int last_id, int tenant_id
-- out: int id, bytes receipt, int state, int kind, int source_id, text platform, text entity
-- out: text action, text email, bytes ordering_key, text event_id, text method, text uri
-- out: text headers
-- out: time received_at, time settled_at, text reason, int body_bytes
SELECT id, receipt, state, kind, source_id, platform, entity, action, email, ordering_key, event_id,
	method, uri, headers, received_at, settled_at, reason, OCTET_LENGTH(body)
FROM {registry}.api_message WHERE id > ? AND id <= ? AND tenant_id = ? ORDER BY id

-- name: trace_body
-- in: int id
-- out: bytes body
SELECT body FROM {registry}.api_message WHERE id = ?

-- name: trace_mail_next
-- in: int after_id
-- out: int id
SELECT mail_id FROM {registry}.api_mail WHERE mail_id > ? ORDER BY mail_id LIMIT 1

-- name: trace_mail_max
-- out: int id
SELECT mail_id FROM {registry}.api_mail ORDER BY mail_id DESC LIMIT 1

-- name: trace_mails
-- in: int after_id, int last_id, int tenant_id
-- out: int mail_id, int kind, int state, int message_id, text subject, text content, text reason
-- out: time created_at, time sent_at, int source_id
SELECT o.mail_id, o.kind, o.state, o.message_id, o.subject, o.content, o.reason, o.created_at,
	o.sent_at, m.source_id
FROM {registry}.api_mail o LEFT JOIN {registry}.api_message m ON m.id = o.message_id
WHERE o.mail_id > ? AND o.mail_id <= ? AND o.tenant_id = ? ORDER BY o.mail_id

-- name: trace_recipients
-- in: int mail_id
-- out: text address, int state, int code, text reply, time changed_at
SELECT address, state, code, reply, changed_at FROM {registry}.api_mail_recipient WHERE mail_id = ?
ORDER BY address

-- name: trace_mails_of
-- in: int message_id
-- out: int mail_id, int kind, int state, int message_id, text subject, text content, text reason
-- out: time created_at, time sent_at
SELECT mail_id, kind, state, message_id, subject, content, reason, created_at, sent_at
FROM {registry}.api_mail WHERE message_id = ?

-- name: trace_run_next
-- in: int after_id
-- out: int id
SELECT run_id FROM {registry}.api_run WHERE run_id > ? ORDER BY run_id LIMIT 1

-- name: trace_run_max
-- out: int id
SELECT run_id FROM {registry}.api_run ORDER BY run_id DESC LIMIT 1

-- name: trace_runs
-- in: int after_id, int last_id, int tenant_id
-- out: int run_id, text parameters, text result, text reason, text log_tail, int state
SELECT run_id, parameters, result, reason, log_tail, state FROM {registry}.api_run
WHERE run_id > ? AND run_id <= ? AND tenant_id = ? ORDER BY run_id

-- The only attempt of messages that ended well at the first. They tell it themselves, and are known
-- by the name of its worker, which no other settled message has.
-- part: told
SELECT m.id, m.attempts, m.leased_by, m.settled_at, m.settled_at, CASE m.state
	WHEN {MESSAGE_DONE} THEN {ATTEMPT_DONE} WHEN {MESSAGE_SUPERSEDED} THEN {ATTEMPT_SUPERSEDED}
	ELSE {ATTEMPT_IGNORED} END, m.reason_class, m.reason, m.remarks
FROM {registry}.api_message m
WHERE m.state IN ({MESSAGE_DONE}, {MESSAGE_SUPERSEDED}, {MESSAGE_IGNORED}) AND m.leased_by <> ''
	AND m.id

-- All attempts of a message.
-- part: history
(SELECT message_id, attempt, worker, started_at, ended_at, outcome, reason_class, reason, remarks
	FROM {registry}.api_attempt WHERE message_id = :message_id
	UNION ALL {told} = :message_id)

-- name: trace_attempts
-- in: int message_id
-- out: int attempt, time started_at, time ended_at, text outcome, text reason_class, text reason
-- out: text remarks
SELECT attempt, started_at, ended_at, outcome, reason_class, reason, remarks
FROM {history} h ORDER BY attempt

-- ------------------------------------------------------------------ persons: erasing the traces
-- (privacy/person_erase.c)

-- Nothing of the person is left in it.
-- part: emptied
body = '', headers = '{}', uri = SUBSTRING_INDEX(uri, CHAR(63 USING utf8mb4), 1), email = '',
	event_id = NULL, body_hash = NULL, ordering_key = NULL

-- The receipt, the de-dup key (a hash) and what became of it stay. What waited, or might be tried
-- again, is cancelled. Assignments go from left to right: state is the last.
-- name: erase_message
-- in: text reason, time now, int id
UPDATE {registry}.api_message
SET {emptied},
	reason_class = CASE WHEN state IN ({MESSAGE_READY}, {MESSAGE_DEAD}, {MESSAGE_UNROUTED})
		THEN 'erased' ELSE reason_class END,
	reason = CASE WHEN state IN ({MESSAGE_READY}, {MESSAGE_DEAD}, {MESSAGE_UNROUTED})
		THEN :reason ELSE '' END,
	remarks = '', settled_at = CASE WHEN state = {MESSAGE_READY} THEN :now ELSE settled_at END,
	visible_at = CASE WHEN state = {MESSAGE_READY} THEN :now ELSE visible_at END,
	state = CASE WHEN state IN ({MESSAGE_READY}, {MESSAGE_DEAD}, {MESSAGE_UNROUTED})
		THEN {MESSAGE_CANCELLED} ELSE state END
WHERE id = :id AND state <> {MESSAGE_LEASED}

-- The same for a delivery that came too late; its reason says that, and nothing of the person.
-- name: erase_late_message
-- in: int id
UPDATE {registry}.api_message SET {emptied} WHERE id = ? AND state = {MESSAGE_SUPERSEDED}

-- name: erase_attempts
-- in: int message_id
UPDATE {registry}.api_attempt SET reason = '', remarks = ''
WHERE message_id = ? AND (reason <> '' OR remarks <> '')

-- Deletes mails and their recipients.
-- part: mails_delete
DELETE o, r
FROM {registry}.api_mail o LEFT JOIN {registry}.api_mail_recipient r ON r.mail_id = o.mail_id

-- name: erase_mails_of
-- in: int message_id
{mails_delete} WHERE o.message_id = ?

-- name: erase_message_to
-- in: int id
-- out: text email
SELECT email FROM {registry}.api_message WHERE id = ?

-- A recipient of another's message: his address goes from the message, too.
-- name: erase_message_email
-- in: text email, int id
UPDATE {registry}.api_message SET email = ?, uri = SUBSTRING_INDEX(uri, CHAR(63 USING utf8mb4), 1)
WHERE id = ? AND state <> {MESSAGE_LEASED}

-- name: erase_recipient
-- in: int mail_id, text address
DELETE FROM {registry}.api_mail_recipient WHERE mail_id = ? AND address = ?

-- name: erase_reply
-- in: int mail_id, text address
UPDATE {registry}.api_mail_recipient SET reply = '' WHERE mail_id = ? AND address = ?

-- name: erase_mail_reason
-- in: int mail_id
UPDATE {registry}.api_mail SET reason = '' WHERE mail_id = ?

-- name: erase_mail
-- in: int mail_id
{mails_delete} WHERE o.mail_id = ?

-- name: erase_mail_to_nobody
-- in: int mail_id
DELETE FROM {registry}.api_mail
WHERE mail_id = :mail_id
	AND NOT EXISTS (SELECT 1 FROM {registry}.api_mail_recipient r WHERE r.mail_id = :mail_id)

-- name: erase_run
-- in: int run_id
UPDATE {registry}.api_run
SET parameters = CASE WHEN state IN ({RUN_WAITING}, {RUN_RUNNING}) THEN parameters ELSE '' END,
	result = '', reason = '', log_tail = ''
WHERE run_id = ?

-- What workers hold at this moment, and when the last of it will be free if they are dead.
-- name: erase_leases
-- in: int tenant_id
-- out: bytes lease
SELECT DISTINCT l.lease FROM {held} WHERE l.tenant_id = ?

-- name: erase_lease_left
-- in: int tenant_id, bytes lease, time now
-- out: int messages
SELECT COUNT(*) FROM {held}
WHERE l.tenant_id = :tenant_id AND l.lease = :lease AND l.until_at > :now

-- A worker whose lease lapsed can settle nothing any more.
-- name: erase_fence
-- in: int tenant_id, time now
UPDATE {held} SET m.alone = 1, m.state = {MESSAGE_READY}
WHERE l.tenant_id = ? AND l.until_at <= ?

-- Runs that were under way at an instant, and are still.
-- name: erase_runs
-- in: int tenant_id, time at
-- out: text process
SELECT process FROM {registry}.api_run
WHERE tenant_id = ? AND state = {RUN_RUNNING} AND started_at <= ?

-- name: erase_leased
-- in: int id
-- out: int leased
SELECT COUNT(*) FROM {registry}.api_message WHERE id = ? AND state = {MESSAGE_LEASED}

-- ------------------------------------------------------------------ platforms (platform/)

-- Tables of a dozen rows.
-- name: platform_civility
-- in: text label, text word
-- out: int civility_id
SELECT CivilityId FROM Civility WHERE Label IN (?, ?) AND DeletionFlag = 0 ORDER BY CivilityId
LIMIT 1

-- name: platform_gender
-- in: text label, text word
-- out: int gender_id
SELECT GenderId FROM Gender WHERE Label IN (?, ?) AND DeletionFlag = 0 ORDER BY GenderId LIMIT 1

-- name: platform_purchase_status
-- in: text label, text word
-- out: int purchase_status_id
SELECT x.id
FROM (SELECT PurchaseStatusId AS id, 1 AS place FROM PurchaseStatus
	WHERE Label IN (:label, :word) AND DeletionFlag = 0 UNION ALL SELECT t.PurchaseStatusId, 2
	FROM PurchaseStatusTranslation t
		JOIN PurchaseStatus s ON s.PurchaseStatusId = t.PurchaseStatusId
	WHERE t.Label IN (:label, :word) AND s.DeletionFlag = 0) x
ORDER BY x.place, x.id LIMIT 1

-- Reference rows: some hundred, by any of their names.
-- name: platform_country_named
-- in: text code, text label, text word
-- out: text country_id
SELECT CountryId FROM Country
WHERE (CountryId = :code OR Alpha2 = :code OR Label IN (:label, :word)) AND DeletionFlag = 0
ORDER BY CountryId LIMIT 1

-- ------------------------------------------------------------------ queue (workers' side; intake
-- is above)

-- When the first ready message of a tenant becomes visible, of those in the phase $1. What is
-- leased keeps its place, and is skipped.
-- part: first_ready
(SELECT m.visible_at FROM {registry}.api_message m FORCE INDEX (claim)
	WHERE m.tenant_id = q.tenant_id AND m.phase = {MESSAGE_$1} AND m.state = {MESSAGE_READY}
	ORDER BY m.visible_at LIMIT 1)

-- When the first lease of a tenant ends.
-- part: first_end
(SELECT l.until_at FROM {registry}.api_lease l WHERE l.tenant_id = q.tenant_id
	ORDER BY l.until_at LIMIT 1)

-- The least recently served tenant with due work, but none of those that gave this worker nothing a
-- moment ago. Its row stays locked while its messages are
-- claimed, so one worker at a time claims for a tenant. last_served: of all tenants; a clock that
-- was set back must not put the others last.
-- Each subquery reads the begin of an index; as EXISTS the server would read all messages of an
-- idle tenant.
-- lapsed: a lease of it has ended without being settled.
-- name: queue_tenant
-- in: time now, int skip[8]
-- out: int tenant_id, time last_served, int lapsed
SELECT q.tenant_id, (SELECT MAX(s.served_at) FROM api_tenant_queue s), {first_end} <= :now
FROM api_tenant_queue q
WHERE ({first_ready:READY} <= :now OR {first_ready:LEASED} <= :now OR {first_end} <= :now)
	AND q.tenant_id NOT IN (:skip)
ORDER BY q.served_at, q.tenant_id LIMIT 1 FOR UPDATE SKIP LOCKED

-- When nothing was claimed; else queue_lease says it.
-- name: queue_served
-- in: time served_at, int tenant_id
UPDATE api_tenant_queue SET served_at = ? WHERE tenant_id = ?

-- A lease of a tenant that ended, whatever it still holds.
-- name: queue_lapsed
-- in: int tenant_id, time now
-- out: bytes lease, text leased_by
SELECT lease, leased_by FROM api_lease WHERE tenant_id = ? AND until_at <= ?
ORDER BY until_at LIMIT 1 FOR UPDATE SKIP LOCKED

-- Leases of a dead worker.
-- name: queue_left
-- in: text leased_by
-- out: bytes lease
SELECT lease FROM api_lease WHERE leased_by = ? LIMIT 100 FOR UPDATE

-- name: queue_held
-- in: bytes lease
-- out: int id, int attempts, int alone, int deaths, time received_at
SELECT m.id, m.attempts, m.alone, m.deaths, m.received_at FROM {held}
WHERE l.lease = ? ORDER BY m.visible_at, m.id FOR UPDATE

-- name: queue_return
-- in: int state, time visible_at, int deaths, text reason_class, text reason, time settled_at
-- in: int id
UPDATE {registry}.api_message
SET state = ?, visible_at = ?, alone = 1, deaths = ?, reason_class = ?, reason = ?, settled_at = ?
WHERE id = ? AND state = {MESSAGE_LEASED}

-- name: queue_poison_mail
-- in: int id
-- out: int tenant_id, bytes receipt, text customer, text email
SELECT m.tenant_id, m.receipt, c.name, m.email
FROM api_message m JOIN api_alias a ON a.alias_id = m.tenant_id
	JOIN api_customer c USING (customer_id)
WHERE m.id = ? AND m.state = {MESSAGE_DEAD} AND m.email <> ''

-- What a worker that was told to stop did not begin: as if it had not been claimed, in its old
-- place.
-- name: queue_give_back
-- in: time now, int alone, bytes lease
UPDATE {held}
SET m.state = {MESSAGE_READY}, m.visible_at = LEAST(m.received_at, :now),
	m.attempts = m.attempts - 1, m.alone = GREATEST(m.alone, :alone)
WHERE l.lease = :lease

-- Due messages whose ordering key has none leased, oldest first. phase: 1, or 2 for BatchMode.
-- Where the Source is strict about order, a message also waits for every
-- earlier one of its key that is dead, waits for another attempt or is due; one that was put for
-- later and not tried yet holds up nobody.
-- They need no lock: the tenant's row is locked, and the lease is given to what is ready still.
-- LIMIT keeps the server from materializing a subquery, that is from reading the whole table.
-- name: queue_due
-- in: int tenant_id, int phase, time now, int limit
-- out: int id, bytes ordering_key, int alone, text platform, text entity, text action
-- out: int body_bytes
SELECT m.id, m.ordering_key, m.alone, m.platform, m.entity, m.action, m.body_bytes
FROM api_message m FORCE INDEX (claim)
WHERE m.tenant_id = :tenant_id AND m.phase = :phase AND m.state = {MESSAGE_READY}
	AND m.visible_at <= :now
	AND (m.ordering_key IS NULL
		OR ((SELECT l.id FROM api_message l FORCE INDEX (ordering)
				WHERE l.tenant_id = m.tenant_id AND l.ordering_key = m.ordering_key
					AND l.key_state = {MESSAGE_LEASED}
				LIMIT 1) IS NULL
			AND (SELECT STRAIGHT_JOIN b.id
				FROM api_source s
					JOIN api_message b FORCE INDEX (ordering)
						ON b.tenant_id = s.alias_id
					AND b.ordering_key = m.ordering_key
					AND b.key_state IN ({MESSAGE_READY}, {MESSAGE_DEAD})
					AND b.id < m.id
				WHERE s.alias_id = m.tenant_id AND s.source_id = m.source_id
					AND s.strict_order = 1
					AND (b.state = {MESSAGE_DEAD} OR b.attempts > 0
						OR b.visible_at <= :now)
				LIMIT 1) IS NULL))
ORDER BY m.visible_at, m.id LIMIT :limit

-- Messages by a JSON array of their numbers. The server reads it in a few microseconds a number;
-- bulk binding would run the statement once for each of them.
-- part: messages_of
JSON_TABLE(:ids, {numbered}

-- No value of it changes the length of a row, or an index (but for an ordering key's).
-- name: queue_lease
-- in: bytes lease, time served_at, text ids, int tenant_id
UPDATE api_tenant_queue q STRAIGHT_JOIN {messages_of}
SET m.state = {MESSAGE_LEASED}, m.lease = :lease, m.attempts = m.attempts + 1,
	q.served_at = :served_at
WHERE m.state = {MESSAGE_READY} AND q.tenant_id = :tenant_id

-- It takes the place of the lease that the worker had before.
-- name: queue_lease_put
-- in: bytes slot, bytes lease, int tenant_id, text leased_by, time until_at, text ids
REPLACE INTO api_lease (slot, lease, tenant_id, leased_by, until_at, ids) VALUES (?, ?, ?, ?, ?, ?)

-- name: queue_load
-- in: text ids, bytes lease
-- out: int id, bytes receipt, int tenant_id, int kind, text platform, text entity, text action
-- out: int source_id, int zone_id, int brand_id, int address_type_id, text email, text headers
-- out: bytes body, time received_at, int attempts, int takes_test_orders, int auth, text may_write
-- out: text uri, text method, text limits, bytes body_hash
SELECT m.id, m.receipt, m.tenant_id, m.kind, m.platform, m.entity, m.action, m.source_id, m.zone_id,
	m.brand_id, m.address_type_id, m.email, m.headers, m.body, m.received_at, m.attempts,
	COALESCE(s.test_orders, 0), m.auth, s.may_write, m.uri, m.method, m.limits, m.body_hash
FROM {messages_of}
	LEFT JOIN api_source s ON s.alias_id = m.tenant_id AND s.source_id = m.source_id
WHERE m.lease = :lease AND m.state = {MESSAGE_LEASED} ORDER BY m.id

-- name: queue_same_body
-- in: bytes body_hash[128], int tenant_id
-- out: bytes body_hash, int id, text platform, text entity, text action, text headers
SELECT m.body_hash, m.id, m.platform, m.entity, m.action, m.headers
FROM (SELECT MIN(id) AS id FROM {registry}.api_message
	WHERE body_hash IN (:body_hash) AND tenant_id = :tenant_id GROUP BY body_hash) f
	JOIN {registry}.api_message m ON m.id = f.id

-- name: queue_extend
-- in: time until, bytes lease
UPDATE api_lease SET until_at = ? WHERE lease = ?

-- name: queue_lease_end
-- in: bytes lease
DELETE FROM api_lease WHERE lease = ?

-- Leased messages of a tenant that no lease holds. Nothing makes one, but a hand in the registry or
-- a restored table. A leased message keeps its place, and what is before it is done: so it comes to
-- the begin of the two indexes, and only that is read.
-- part: first_open
(SELECT id, receipt, state, lease FROM {registry}.api_message FORCE INDEX (claim)
	WHERE tenant_id = :tenant_id AND phase = {MESSAGE_$1} ORDER BY visible_at, id LIMIT 10000)

-- name: queue_orphans
-- in: int tenant_id, int limit
-- out: int id, text receipt
SELECT m.id, LOWER(HEX(m.receipt))
FROM ({first_open:READY} UNION ALL {first_open:LEASED}) m
	LEFT JOIN {registry}.api_lease l ON l.lease = m.lease
WHERE m.state = {MESSAGE_LEASED} AND l.slot IS NULL
ORDER BY m.id LIMIT :limit

-- name: queue_orphan_lock
-- in: int id
-- out: int state, bytes lease, int attempts, int deaths, time received_at
SELECT state, lease, attempts, deaths, received_at FROM {registry}.api_message WHERE id = ?
FOR UPDATE

-- Behind queue_orphan_lock, as a statement of its own: it must see what was committed with the
-- message's state.
-- name: queue_lease_find
-- in: bytes lease
-- out: bytes slot
SELECT slot FROM {registry}.api_lease WHERE lease = ? LIMIT 1

-- Messages of which one thing is to be said, without remarks. They ended well at their first try,
-- so they keep the name of their worker, and have no row of api_attempt: see the part "told".
-- name: queue_settle_alike
-- in: int state, time now, text leased_by, text reason_class, text reason, text ids, bytes lease
UPDATE {messages_of}
SET m.state = :state, m.visible_at = :now, m.settled_at = :now, m.leased_by = :leased_by,
	m.reason_class = :reason_class, m.reason = :reason, m.remarks = '', m.lease = NULL,
	m.room = NULL, m.alone = 0
WHERE m.lease = :lease AND m.state = {MESSAGE_LEASED}

-- What messages became; rows: an array of [id, state, visible_at, leased_by, reason_class, reason,
-- remarks]. One that is to be tried again is ready, and waits for its own time. leased_by: the name
-- of the worker of one that ended well at its first try, as above.
-- name: queue_settle
-- in: time now, text rows, bytes lease
UPDATE JSON_TABLE(:rows, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]',
		state TINYINT UNSIGNED PATH '$[1]', visible_at DATETIME(6) PATH '$[2]',
		leased_by VARCHAR(100) PATH '$[3]', reason_class VARCHAR(32) PATH '$[4]',
		reason VARCHAR(600) PATH '$[5]', remarks TEXT PATH '$[6]')) r
	STRAIGHT_JOIN {registry}.api_message m ON m.id = r.id
SET m.state = r.state, m.visible_at = r.visible_at, m.alone = 0, m.leased_by = r.leased_by,
	m.lease = CASE WHEN r.state = {MESSAGE_READY} THEN m.lease END,
	m.room = CASE WHEN r.state = {MESSAGE_READY} THEN m.room END,
	m.settled_at = CASE WHEN r.state = {MESSAGE_READY} THEN m.settled_at ELSE :now END,
	m.reason_class = r.reason_class, m.reason = r.reason, m.remarks = r.remarks
WHERE m.lease = :lease AND m.state = {MESSAGE_LEASED}

-- part: attempt_put
INSERT INTO {registry}.api_attempt (message_id, attempt, worker, started_at, ended_at, outcome,
	reason_class, reason, remarks)

-- name: queue_attempt
-- in: int message_id, int attempt, text worker, time started_at, time ended_at, text outcome
-- in: text reason_class, text reason, text remarks
{attempt_put}
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE ended_at = VALUES(ended_at), outcome = VALUES(outcome),
	reason_class = VALUES(reason_class), reason = VALUES(reason), remarks = VALUES(remarks)

-- ------------------------------------------------------------------ retention
-- (store/registry/store_retention.c)
-- The messages of a tenant and a state in the order they were settled (index claim): a range of
-- them is named by its last row.

-- name: retention_rows
-- in: time next_at
INSERT INTO api_retention (tenant_id, state, next_at) SELECT q.tenant_id, s.state, ?
FROM api_tenant_queue q
	JOIN (SELECT {MESSAGE_DONE} AS state UNION ALL SELECT {MESSAGE_DEAD}
		UNION ALL SELECT {MESSAGE_UNROUTED} UNION ALL SELECT {MESSAGE_SUPERSEDED}
		UNION ALL SELECT {MESSAGE_CANCELLED} UNION ALL SELECT {MESSAGE_IGNORED}) s
WHERE NOT EXISTS (
	SELECT 1 FROM api_retention r WHERE r.tenant_id = q.tenant_id AND r.state = s.state)
ON DUPLICATE KEY UPDATE tenant_id = VALUES(tenant_id)

-- One whose time has come; a time further off than the interval was set by a clock that was put
-- back since.
-- name: retention_due
-- in: time now, time latest
-- out: int tenant_id, int state, time forgotten_at, int forgotten_id, int is_remote
SELECT r.tenant_id, r.state, r.forgotten_at, r.forgotten_id,
	EXISTS (SELECT 1 FROM api_alias a
		WHERE a.alias_id = r.tenant_id AND (a.socket <> '' OR a.host <> ''))
FROM api_retention r WHERE r.next_at <= ? OR r.next_at > ? ORDER BY r.next_at LIMIT 1
FOR UPDATE SKIP LOCKED

-- name: retention_mark
-- in: time next_at, time forgotten_at, int forgotten_id, int tenant_id, int state
UPDATE api_retention SET next_at = ?, forgotten_at = ?, forgotten_id = ?
WHERE tenant_id = ? AND state = ?

-- A message's mail that is not sent yet, nor its digest.
-- part: mail_open
o.message_id = m.id
	AND (o.state IN ({MAIL_READY}, {MAIL_LEASED}) OR d.state IN ({MAIL_READY}, {MAIL_LEASED}))

-- A mail that is not sent yet is made of its message.
-- name: retention_range
-- in: int tenant_id, int state, time after_at, int after_id, time before, int limit
-- out: int id, time visible_at, int mail_waits
SELECT m.id, m.visible_at,
	EXISTS (SELECT 1 FROM api_mail o LEFT JOIN api_mail d ON d.mail_id = o.digest_id
		WHERE {mail_open})
FROM api_message m
WHERE m.tenant_id = :tenant_id AND m.phase = :state AND m.visible_at >= :after_at
	AND (m.visible_at > :after_at OR m.id > :after_id) AND m.visible_at < :before
ORDER BY m.visible_at, m.id LIMIT :limit FOR UPDATE

-- name: retention_forget
-- in: int tenant_id, int state, time after_at, int after_id, time last_at, int last_id
UPDATE api_message SET body = ''
WHERE tenant_id = :tenant_id AND phase = :state AND visible_at >= :after_at
	AND (visible_at > :after_at OR id > :after_id) AND visible_at <= :last_at
	AND (visible_at < :last_at OR id <= :last_id)

-- A tenant's messages in a state, up to the last one of a range.
-- part: to_last
m.tenant_id = :tenant_id AND m.phase = :state AND m.visible_at <= :last_at
	AND (m.visible_at < :last_at OR m.id <= :last_id)

-- name: retention_delete_attempts
-- in: int tenant_id, int state, time last_at, int last_id
DELETE t FROM api_message m JOIN api_attempt t ON t.message_id = m.id WHERE {to_last}

-- name: retention_delete_mails
-- in: int tenant_id, int state, time last_at, int last_id
DELETE o, r
FROM api_message m JOIN api_mail o ON o.message_id = m.id
	LEFT JOIN api_mail_recipient r ON r.mail_id = o.mail_id
WHERE {to_last}

-- Digests and alarms have no message; few a day.
-- name: retention_delete_digests
-- in: int tenant_id, time before
DELETE o, r FROM api_mail o LEFT JOIN api_mail_recipient r ON r.mail_id = o.mail_id
WHERE o.tenant_id = :tenant_id AND o.kind IN ({MAIL_DIGEST}, {MAIL_TEXT})
	AND o.state IN ({MAIL_SENT}, {MAIL_DEAD})
	AND (o.sent_at < :before OR (o.sent_at IS NULL AND o.visible_at < :before))

-- name: retention_delete_messages
-- in: int tenant_id, int state, time last_at, int last_id
DELETE FROM api_message
WHERE tenant_id = :tenant_id AND phase = :state AND visible_at <= :last_at
	AND (visible_at < :last_at OR id <= :last_id)

-- ------------------------------------------------------------------ tenants on another server (in
-- the tenant's database)

-- 1062 = its effect is here already.
-- name: applied_put
-- in: bytes receipt, time applied_at
INSERT INTO api_applied_receipt (receipt, applied_at) VALUES (?, ?)

-- name: applied_drop
-- in: bytes receipt
DELETE FROM api_applied_receipt WHERE receipt = ?

-- name: applied_forget
-- in: time before, int limit
DELETE FROM api_applied_receipt WHERE applied_at < ? ORDER BY applied_at LIMIT ?

-- ------------------------------------------------------------------ tenants

-- name: tenant_get
-- in: int alias_id
-- out: {alias}
SELECT {alias} FROM {tenants} WHERE a.alias_id = ?

-- ------------------------------------------------------ whose database it is
-- (store/registry/store_owner.c)

-- In a tenant's database, by itself: made before its first migration.
-- name: owner_create
CREATE TABLE IF NOT EXISTS api_owner (
	owner_id TINYINT UNSIGNED NOT NULL,
	database_uid BINARY(16) NOT NULL,
	registry_uid BINARY(16) NOT NULL,
	customer VARCHAR(200) NOT NULL,
	alias VARCHAR(200) NOT NULL,
	marked_at DATETIME(6) NOT NULL,
	probe BINARY(16) NULL,
	PRIMARY KEY (owner_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci

-- name: owner_get
-- out: bytes database_uid, bytes registry_uid, text customer, text alias, bytes probe
SELECT database_uid, registry_uid, customer, alias, probe FROM api_owner WHERE owner_id = 1

-- name: owner_put
-- in: bytes database_uid, bytes registry_uid, text customer, text alias, time marked_at
INSERT INTO api_owner (owner_id, database_uid, registry_uid, customer, alias, marked_at)
VALUES (1, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE owner_id = VALUES(owner_id)

-- name: owner_replace
-- in: bytes database_uid, bytes registry_uid, text customer, text alias, time marked_at
-- in: bytes old_uid
UPDATE api_owner
SET database_uid = ?, registry_uid = ?, customer = ?, alias = ?, marked_at = ?, probe = NULL
WHERE owner_id = 1 AND database_uid = ?

-- name: owner_probe
-- in: bytes probe
UPDATE api_owner SET probe = ? WHERE owner_id = 1

-- name: owner_place
-- out: text database, text server
SELECT DATABASE(), CONCAT(@@hostname, ':', @@port, ' ', @@datadir)

-- In the registry. The row is written, not only locked: so it holds between the nodes of a
-- cluster, too.
-- name: owner_hold
UPDATE {registry}.api_registry SET alias_changes = alias_changes + 1 WHERE registry_id = 1

-- name: owner_registry
-- out: bytes registry_uid
SELECT registry_uid FROM {registry}.api_registry WHERE registry_id = 1

-- Who has a database.
-- part: bearer
-- out: int alias_id, int customer_id, text customer, text alias, int shared
a.alias_id, a.customer_id, c.name, a.name, a.shared

-- name: owner_bearers
-- in: bytes database_uid, int alias_id
-- out: {bearer}
SELECT {bearer} FROM {tenants}
WHERE a.database_uid = ? AND a.alias_id <> ? ORDER BY a.alias_id

-- Without regard to case, as some servers name databases. The table is small.
-- name: owner_unmarked
-- in: text database_name, int alias_id
-- out: {bearer}
SELECT {bearer} FROM {tenants}
WHERE a.database_uid IS NULL AND a.database_name = ? AND a.alias_id <> ? ORDER BY a.alias_id

-- name: owner_note
-- in: bytes database_uid, int alias_id
UPDATE {registry}.api_alias SET database_uid = ? WHERE alias_id = ? AND database_uid IS NULL

-- name: owner_alias
-- in: int alias_id
-- out: bytes database_uid, int shared
SELECT database_uid, shared FROM {registry}.api_alias WHERE alias_id = ?

-- ------------------------------------------------------------------ mail

-- One mail per message, however often the message is tried. rows: an array of
-- [message_id, header_id].
-- name: mail_put
-- in: int tenant_id, text rows, time now, time give_up_at
INSERT INTO {registry}.api_mail (tenant_id, kind, message_id, header_id, content, visible_at,
	created_at, give_up_at)
SELECT :tenant_id, {MAIL_WEBHOOK}, r.message_id, r.header_id, '', :now, :now, :give_up_at
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (message_id BIGINT UNSIGNED PATH '$[0]',
	header_id VARCHAR(200) PATH '$[1]')) r
ON DUPLICATE KEY UPDATE mail_id = mail_id

-- rows: an array of [message_id, address].
-- name: mail_put_recipient
-- in: text rows, time changed_at
INSERT INTO {registry}.api_mail_recipient (mail_id, address, changed_at)
SELECT STRAIGHT_JOIN o.mail_id, r.address, :changed_at
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (message_id BIGINT UNSIGNED PATH '$[0]',
		address VARCHAR(254) PATH '$[1]')) r
	JOIN {registry}.api_mail o ON o.message_id = r.message_id
ON DUPLICATE KEY UPDATE changed_at = VALUES(changed_at)

-- settled: recipients whose fate is known. body_bytes: of its message.
-- name: mail_due
-- in: time now, int limit
-- out: int mail_id, int tenant_id, int kind, int settled, int body_bytes
SELECT m.mail_id, m.tenant_id, m.kind,
	(SELECT COUNT(*) FROM api_mail_recipient r
		WHERE r.mail_id = m.mail_id AND r.state IN ({RECIPIENT_SENT}, {RECIPIENT_REFUSED})),
	(SELECT g.body_bytes FROM api_message g WHERE g.id = m.message_id)
FROM api_mail m WHERE m.state = {MAIL_READY} AND m.visible_at <= ? ORDER BY m.visible_at, m.mail_id
LIMIT ? FOR UPDATE SKIP LOCKED

-- A mail whose sender died or lost the database.
-- name: mail_lapsed
-- in: time now
-- out: int mail_id, time give_up_at
SELECT mail_id, give_up_at FROM api_mail WHERE state = {MAIL_LEASED} AND visible_at <= ?
ORDER BY visible_at, mail_id LIMIT 1 FOR UPDATE SKIP LOCKED

-- name: mail_dead
-- in: time now, text reason, int mail_id
UPDATE api_mail SET state = {MAIL_DEAD}, visible_at = ?, lease = NULL, reason = ?
WHERE mail_id = ? AND state = {MAIL_LEASED}

-- Two mailers that claim at once would each count without the other's.
-- name: mail_flood_lock
-- in: int tenant_id
-- out: int alias_id
SELECT alias_id FROM api_alias WHERE alias_id = ? FOR UPDATE

-- What counts against mail_per_hour: sent since, and on its way in another daemon.
-- name: mail_flood
-- in: int tenant_id, time since, time now
-- out: int mails
SELECT (SELECT COUNT(*) FROM api_mail
	WHERE tenant_id = :tenant_id AND kind = {MAIL_WEBHOOK} AND sent_at > :since) + (
	SELECT COUNT(*) FROM api_mail
	WHERE state = {MAIL_LEASED} AND tenant_id = :tenant_id AND kind = {MAIL_WEBHOOK}
		AND visible_at > :now)

-- name: mail_customer
-- in: int tenant_id
-- out: text customer
SELECT c.name FROM api_alias a JOIN api_customer c USING (customer_id) WHERE a.alias_id = ?

-- The last insert id is the digest's, new or not.
-- name: mail_digest_put
-- in: int tenant_id, text header_id, time visible_at, time created_at, time give_up_at
INSERT INTO api_mail (tenant_id, kind, header_id, content, visible_at, created_at, give_up_at)
VALUES (?, {MAIL_DIGEST}, ?, '', ?, ?, ?) ON DUPLICATE KEY UPDATE mail_id = LAST_INSERT_ID(mail_id)

-- name: mail_digest_open
-- in: int mail_id
-- out: int mail_id
SELECT mail_id FROM api_mail WHERE mail_id = ? AND state = {MAIL_READY} AND attempts = 0 FOR UPDATE

-- name: mail_digest_recipients
-- in: int digest_id, int mail_id
INSERT INTO api_mail_recipient (mail_id, address, changed_at) SELECT ?, address, changed_at
FROM api_mail_recipient f WHERE f.mail_id = ? ON DUPLICATE KEY UPDATE address = VALUES(address)

-- name: mail_fold
-- in: int digest_id, time now, int mail_id
UPDATE api_mail SET state = {MAIL_FOLDED}, digest_id = ?, visible_at = ?, reason = ''
WHERE mail_id = ? AND state = {MAIL_READY}

-- The mails of a digest, with their messages.
-- part: digest_mails
FROM api_mail m JOIN api_message g ON g.id = m.message_id WHERE m.digest_id = ?

-- name: mail_digest_span
-- in: int digest_id
-- out: int mails, time first, time last
SELECT COUNT(*), MIN(g.received_at), MAX(g.received_at) {digest_mails}

-- name: mail_digest_groups
-- in: int digest_id, int limit
-- out: text platform, text entity, text action, int mails, time first, time last
SELECT g.platform, g.entity, g.action, COUNT(*), MIN(g.received_at),
	MAX(g.received_at) {digest_mails}
GROUP BY g.platform, g.entity, g.action ORDER BY COUNT(*) DESC, g.platform, g.entity, g.action
LIMIT ?

-- name: mail_digest_receipts
-- in: int digest_id, int limit
-- out: bytes receipt, text platform, text entity, text action, time received_at
SELECT g.receipt, g.platform, g.entity, g.action, g.received_at {digest_mails} ORDER BY m.message_id
LIMIT ?

-- Mails by a JSON array of their numbers.
-- part: mails_of
JSON_TABLE(:ids, '$[*]' COLUMNS (mail_id BIGINT UNSIGNED PATH '$')) j
	STRAIGHT_JOIN api_mail m ON m.mail_id = j.mail_id

-- name: mail_lease
-- in: bytes lease, time until, text ids
UPDATE {mails_of}
SET m.state = {MAIL_LEASED}, m.lease = :lease, m.visible_at = :until, m.attempts = m.attempts + 1
WHERE m.state IN ({MAIL_READY}, {MAIL_LEASED})

-- customer, alias: NULL when the tenant was deleted by hand.
-- name: mail_load
-- in: text ids, bytes lease
-- out: int mail_id, int kind, text header_id, int attempts, time created_at, time give_up_at
-- out: text customer, text alias
-- out: bytes receipt, text platform, text entity, text action, bytes body, time received_at
-- out: text subject, text content, time sent_at, text headers
-- out: int message_kind, text uri, text method, int reply_to
SELECT m.mail_id, m.kind, m.header_id, m.attempts, m.created_at, m.give_up_at, c.name, a.name,
	g.receipt, g.platform, g.entity, g.action, g.body, g.received_at, m.subject, m.content,
	m.sent_at, g.headers, g.kind, g.uri, g.method, a.reply_to
FROM {mails_of} LEFT JOIN api_message g ON g.id = m.message_id
	LEFT JOIN api_alias a ON a.alias_id = m.tenant_id
	LEFT JOIN api_customer c ON c.customer_id = a.customer_id
WHERE m.lease = :lease AND m.state = {MAIL_LEASED} ORDER BY m.mail_id

-- Who is still to get them.
-- name: mail_recipients
-- in: text ids
-- out: int mail_id, text address
SELECT r.mail_id, r.address
FROM JSON_TABLE(:ids, '$[*]' COLUMNS (mail_id BIGINT UNSIGNED PATH '$')) j
	STRAIGHT_JOIN api_mail_recipient r ON r.mail_id = j.mail_id
WHERE r.state = {RECIPIENT_OPEN} ORDER BY r.mail_id, r.address

-- rows: an array of [mail_id, address, state, code, reply].
-- name: mail_recipient_result
-- in: text rows, time changed_at
UPDATE JSON_TABLE(:rows, '$[*]' COLUMNS (mail_id BIGINT UNSIGNED PATH '$[0]',
		address VARCHAR(254) PATH '$[1]', state TINYINT UNSIGNED PATH '$[2]',
		code SMALLINT UNSIGNED PATH '$[3]', reply VARCHAR(400) PATH '$[4]')) j
	STRAIGHT_JOIN api_mail_recipient r ON r.mail_id = j.mail_id
		AND r.address = j.address COLLATE utf8mb4_nopad_bin
SET r.state = j.state, r.code = j.code, r.reply = j.reply, r.changed_at = :changed_at
WHERE r.state = {RECIPIENT_OPEN}

-- Not begun: as if they had never been leased.
-- name: mail_give_back
-- in: time now, text ids, bytes lease
UPDATE {mails_of}
SET m.state = {MAIL_READY}, m.visible_at = :now, m.lease = NULL, m.attempts = m.attempts - 1
WHERE m.lease = :lease AND m.state = {MAIL_LEASED}

-- rows: an array of [mail_id, state, visible_at, sent_at, reason]. One that is leased still is kept
-- until visible_at; its reason is NULL. A row that is not met has another mailer.
-- name: mail_settle
-- in: text rows, bytes lease
UPDATE JSON_TABLE(:rows, '$[*]' COLUMNS (mail_id BIGINT UNSIGNED PATH '$[0]',
		state TINYINT UNSIGNED PATH '$[1]', visible_at DATETIME(6) PATH '$[2]',
		sent_at DATETIME(6) PATH '$[3]', reason VARCHAR(600) PATH '$[4]')) j
	STRAIGHT_JOIN api_mail m ON m.mail_id = j.mail_id
SET m.state = j.state, m.visible_at = j.visible_at,
	m.lease = CASE WHEN j.state = {MAIL_LEASED} THEN :lease END,
	m.sent_at = COALESCE(j.sent_at, m.sent_at), m.reason = COALESCE(j.reason, m.reason)
WHERE m.lease = :lease AND m.state = {MAIL_LEASED}

-- ------------------------------------------------------------------ schedule
-- (store/schedule/store_schedule.c)

-- name: schedule_add
-- in: int tenant_id, text process, text form, text label, text rule, text parameters
-- in: text time_zone, time start_at, time end_at, int misfire, int grace_s, int overlap
-- in: time after_at, time next_due_at, int next_day, time paused_at, text tzdata, int silence_h
-- in: time silent_at, text created_by, time now, text name, text on_failure
-- in: int after_schedule_id
INSERT INTO {registry}.api_schedule (tenant_id, process, form, label, rule, parameters, time_zone,
	start_at, end_at, misfire, grace_s, overlap, after_at, next_due_at, next_day, paused_at,
	tzdata, silence_h, silent_from, silent_at, created_by, created_at, modified_at, name,
	on_failure, after_schedule_id)
VALUES (:tenant_id, :process, :form, :label, :rule, :parameters, :time_zone, :start_at, :end_at,
	:misfire, :grace_s, :overlap, :after_at, :next_due_at, :next_day, :paused_at, :tzdata,
	:silence_h, :next_due_at, :silent_at, :created_by, :now, :now, :name, :on_failure,
	:after_schedule_id)

-- name: schedule_admin_email
-- in: int alias_id
-- out: text admin_email
SELECT admin_email FROM {registry}.api_alias WHERE alias_id = ? LOCK IN SHARE MODE

-- A schedule.
-- part: schedule
-- out: int schedule_id, int tenant_id, text process, text form, text label, text rule
-- out: text parameters, text time_zone, int misfire, int grace_s, int overlap, time after_at
-- out: time next_due_at, time paused_at, int silence_h, time last_success_at, text created_by
-- out: time created_at, text fault, int next_day, text name, text on_failure
-- out: int after_schedule_id
schedule_id, tenant_id, process, form, label, rule, parameters, time_zone, misfire, grace_s,
	overlap, after_at, next_due_at, paused_at, silence_h, last_success_at, created_by,
	created_at, fault, next_day, name, on_failure, after_schedule_id

-- All that is needed to list, show or compute it again. tenant_id NULL: of any tenant.
-- name: schedule_get
-- in: int schedule_id, int tenant_id
-- out: {schedule}
SELECT {schedule} FROM {registry}.api_schedule
WHERE schedule_id = ? AND tenant_id = COALESCE(?, tenant_id) AND deleted_at IS NULL

-- name: schedule_lock
-- in: int schedule_id, int tenant_id
-- out: int schedule_id
SELECT schedule_id FROM {registry}.api_schedule
WHERE schedule_id = ? AND tenant_id = ? AND deleted_at IS NULL FOR UPDATE

-- Locked, for whoever makes it or changes it. 1062 of schedule_add says that another was quicker.
-- name: schedule_named
-- in: int tenant_id, text name
-- out: int schedule_id
SELECT schedule_id FROM {registry}.api_schedule
WHERE tenant_id = ? AND name = ? AND deleted_at IS NULL FOR UPDATE

-- What it runs after, held until the end of the transaction; name: as it is spelled.
-- name: schedule_link
-- in: int schedule_id, int tenant_id
-- out: int schedule_id, text name, int after_schedule_id
SELECT schedule_id, COALESCE(name, CAST(schedule_id AS CHAR)), after_schedule_id
FROM {registry}.api_schedule WHERE schedule_id = ? AND tenant_id = ? AND deleted_at IS NULL
LOCK IN SHARE MODE

-- name: schedule_link_named
-- in: text name, int tenant_id
-- out: int schedule_id, text name, int after_schedule_id
SELECT schedule_id, name, after_schedule_id FROM {registry}.api_schedule
WHERE name = ? AND tenant_id = ? AND deleted_at IS NULL LOCK IN SHARE MODE

-- Those that run after it.
-- name: schedule_followers
-- in: int schedule_id, int limit
-- out: int schedule_id, text name
SELECT schedule_id, COALESCE(name, '') FROM {registry}.api_schedule
WHERE after_schedule_id = ? AND deleted_at IS NULL ORDER BY schedule_id LIMIT ?

-- name: schedule_follower_count
-- in: int schedule_id
-- out: int followers
SELECT COUNT(*) FROM {registry}.api_schedule WHERE after_schedule_id = ? AND deleted_at IS NULL

-- name: schedule_behind
-- in: int schedule_id, int most
-- out: int links
WITH RECURSIVE behind (schedule_id, links) AS (SELECT schedule_id, 1 FROM {registry}.api_schedule
	WHERE after_schedule_id = ? AND deleted_at IS NULL
	UNION ALL SELECT s.schedule_id, b.links + 1
	FROM behind b JOIN {registry}.api_schedule s ON s.after_schedule_id = b.schedule_id
		AND s.deleted_at IS NULL
	WHERE b.links <= ?)
SELECT COALESCE(MAX(links), 0) FROM behind

-- Those of them that a success starts: none is deleted or paused before its run is there to be
-- seen.
-- name: schedule_next_links
-- in: int schedule_id, int limit
-- out: int schedule_id, int tenant_id, text process, text parameters, int waiting
SELECT s.schedule_id, s.tenant_id, s.process, s.parameters,
	(SELECT COUNT(*) FROM {registry}.api_run r
		WHERE r.schedule_id = s.schedule_id AND r.state = {RUN_WAITING})
FROM {registry}.api_schedule s
WHERE s.after_schedule_id = ? AND s.deleted_at IS NULL AND s.paused_at IS NULL AND s.fault = ''
ORDER BY s.schedule_id LIMIT ? LOCK IN SHARE MODE

-- name: schedule_change
-- in: text process, text form, text label, text rule, text parameters, text time_zone
-- in: time start_at, time end_at, int misfire, int grace_s, int overlap, text on_failure
-- in: int after_schedule_id, time after_at, time next_due_at, int next_day, time paused_at
-- in: text tzdata, int silence_h, time now, int schedule_id, int tenant_id
UPDATE {registry}.api_schedule
SET process = ?, form = ?, label = ?, rule = ?, parameters = ?, time_zone = ?, start_at = ?,
	end_at = ?, misfire = ?, grace_s = ?, overlap = ?, on_failure = ?, after_schedule_id = ?,
	after_at = ?, next_due_at = ?, next_day = ?, paused_at = ?, tzdata = ?, silence_h = ?,
	fault = '', modified_at = ?
WHERE schedule_id = ? AND tenant_id = ? AND deleted_at IS NULL

-- Its silence alarm begins anew.
-- name: schedule_alarm
-- in: time silent_from, time silent_at, int schedule_id
UPDATE {registry}.api_schedule SET silent_from = ?, silent_at = ? WHERE schedule_id = ?

-- Who is to know that a run failed, and what it was.
-- name: schedule_on_failure
-- in: int schedule_id
-- out: text on_failure, text name, text label, text customer, text alias
SELECT s.on_failure, COALESCE(s.name, ''), s.label, c.name, a.name
FROM {registry}.api_schedule s {tenant_by_id:s}
WHERE s.schedule_id = ? AND s.deleted_at IS NULL AND s.on_failure <> ''

-- A deleted one, too.
-- name: schedule_known
-- in: int schedule_id, int tenant_id
-- out: int schedule_id
SELECT schedule_id FROM {registry}.api_schedule WHERE schedule_id = ? AND tenant_id = ?

-- state: Active, Paused, Ended, Faulty; process NULL: any. Without the casts a parameter keeps the
-- type of its first value, NULL for example.
-- name: schedule_list
-- in: int tenant_id, text process, text state, int after_id, int limit
-- out: {schedule}
SELECT {schedule}
FROM (SELECT CAST(? AS UNSIGNED) AS tenant, CAST(? AS CHAR(64)) AS wanted_process,
		CAST(? AS CHAR(16)) AS wanted_state) w
	JOIN {registry}.api_schedule s ON s.tenant_id = w.tenant AND s.deleted_at IS NULL
WHERE (w.wanted_process IS NULL OR s.process = w.wanted_process)
	AND (w.wanted_state IS NULL
		OR w.wanted_state =
			CASE WHEN s.fault <> '' THEN 'Faulty' WHEN s.paused_at IS NOT NULL
			THEN 'Paused' WHEN s.next_due_at IS NULL AND s.after_schedule_id IS NULL
			THEN 'Ended' ELSE 'Active' END)
	AND s.schedule_id > ?
ORDER BY s.schedule_id LIMIT ?

-- name: schedule_count
-- in: int tenant_id
-- out: int schedules
SELECT COUNT(*) FROM {registry}.api_schedule WHERE tenant_id = ? AND deleted_at IS NULL

-- name: schedule_delete
-- in: time now, int schedule_id, int tenant_id
UPDATE {registry}.api_schedule
SET deleted_at = :now, modified_at = :now, next_due_at = NULL, silent_at = NULL, name = NULL
WHERE schedule_id = :schedule_id AND tenant_id = :tenant_id AND deleted_at IS NULL

-- name: schedule_pause
-- in: time now, time after_at, int next_day, int schedule_id, int tenant_id
UPDATE {registry}.api_schedule
SET paused_at = :now, after_at = :after_at, next_day = :next_day, modified_at = :now,
	next_due_at = NULL, silent_at = NULL
WHERE schedule_id = :schedule_id AND tenant_id = :tenant_id AND deleted_at IS NULL
	AND paused_at IS NULL

-- name: schedule_resume
-- in: time after_at, time next_due_at, int next_day, text tzdata, time silent_at, time now
-- in: int schedule_id, int tenant_id
UPDATE {registry}.api_schedule
SET paused_at = NULL, fault = '', after_at = :after_at, next_due_at = :next_due_at,
	next_day = :next_day, tzdata = :tzdata, silent_from = :next_due_at,
	silent_at = :silent_at, modified_at = :now
WHERE schedule_id = :schedule_id AND tenant_id = :tenant_id AND deleted_at IS NULL
	AND (paused_at IS NOT NULL OR fault <> '')

-- Not MIN(): that reads the whole index whenever a prepared statement is executed again.
-- name: schedule_next_at
-- out: time next_due_at
SELECT next_due_at FROM {registry}.api_schedule FORCE INDEX (due) WHERE next_due_at IS NOT NULL
ORDER BY next_due_at, schedule_id LIMIT 1

-- name: schedule_due
-- in: time now, int limit
-- out: {schedule}
SELECT {schedule} FROM {registry}.api_schedule WHERE next_due_at <= ?
ORDER BY next_due_at, schedule_id LIMIT ? FOR UPDATE SKIP LOCKED

-- name: schedule_move
-- in: time after_at, time next_due_at, int next_day, text fault, int schedule_id
UPDATE {registry}.api_schedule SET after_at = ?, next_due_at = ?, next_day = ?, fault = ?
WHERE schedule_id = ? AND deleted_at IS NULL AND paused_at IS NULL

-- Those that are settled up to an instant which is yet to come: a clock ran ahead.
-- name: schedule_ahead
-- in: time after, int limit
-- out: {schedule}
SELECT {schedule} FROM {registry}.api_schedule FORCE INDEX (after_at)
WHERE after_at > ? AND deleted_at IS NULL AND (next_due_at IS NOT NULL OR paused_at IS NOT NULL)
ORDER BY after_at, schedule_id LIMIT ? FOR UPDATE SKIP LOCKED

-- name: schedule_set_back
-- in: time after_at, time next_due_at, int next_day, int schedule_id
UPDATE {registry}.api_schedule
SET after_at = :after_at, next_due_at = :next_due_at, next_day = :next_day
WHERE schedule_id = :schedule_id AND deleted_at IS NULL AND after_at > :after_at

-- What of its runs is due later than now and has not begun: the occurrences are still to come.
-- name: run_forget_ahead
-- in: int schedule_id, time now, int limit
DELETE FROM {registry}.api_run
WHERE schedule_id = ? AND due_at > ? AND state IN ({RUN_WAITING}, {RUN_SKIPPED}, {RUN_MISSED})
ORDER BY due_at LIMIT ?

-- Those whose next occurrence was computed on other zone data.
-- name: schedule_other_tzdata
-- in: text tzdata, int limit
-- out: {schedule}
SELECT {schedule} FROM {registry}.api_schedule WHERE (tzdata < :tzdata OR tzdata > :tzdata)
ORDER BY tzdata, schedule_id LIMIT :limit FOR UPDATE SKIP LOCKED

-- name: schedule_set_tzdata
-- in: text tzdata, int schedule_id
UPDATE {registry}.api_schedule SET tzdata = ? WHERE schedule_id = ?

-- What has ended need not succeed again.
-- name: schedule_success
-- in: time now, int schedule_id
UPDATE {registry}.api_schedule
SET last_success_at = :now,
	silent_at =
		CASE WHEN silence_h IS NULL OR paused_at IS NOT NULL OR deleted_at IS NOT NULL OR
			(next_due_at IS NULL AND fault = '')
		THEN NULL
		ELSE GREATEST(:now, COALESCE(silent_from, :now)) + INTERVAL silence_h HOUR END
WHERE schedule_id = :schedule_id

-- The same, read after the row: where there are few, the server would begin with the customers.
-- part: tenant_straight
STRAIGHT_JOIN {registry}.api_alias a ON a.alias_id = $1.tenant_id
	STRAIGHT_JOIN {registry}.api_customer c ON c.customer_id = a.customer_id

-- name: schedule_silent
-- in: time now, int limit
-- out: int schedule_id, int tenant_id, text process, text label, int silence_h
-- out: time last_success_at, time created_at, text customer, text alias, text admin_email
SELECT s.schedule_id, s.tenant_id, s.process, s.label, s.silence_h, s.last_success_at, s.created_at,
	c.name, a.name, a.admin_email
FROM {registry}.api_schedule s {tenant_straight:s} WHERE s.silent_at <= ? ORDER BY s.silent_at
LIMIT ?

-- The guard on the time decides which of two daemons sends the mail. What has ended without a
-- success alarms once.
-- name: schedule_silent_next
-- in: time next, int schedule_id, time now
UPDATE {registry}.api_schedule
SET silent_at = CASE WHEN next_due_at IS NULL AND fault = '' THEN NULL ELSE ? END
WHERE schedule_id = ? AND silent_at <= ?

-- name: mail_put_text
-- in: int tenant_id, text header_id, text subject, text content, time now, time give_up_at
INSERT INTO {registry}.api_mail (tenant_id, kind, header_id, subject, content, visible_at,
	created_at, give_up_at)
VALUES (:tenant_id, {MAIL_TEXT}, :header_id, :subject, :content, :now, :now, :give_up_at)
ON DUPLICATE KEY UPDATE mail_id = LAST_INSERT_ID(mail_id)

-- name: mail_put_text_recipient
-- in: int mail_id, text address, time changed_at
INSERT INTO {registry}.api_mail_recipient (mail_id, address, changed_at) VALUES (?, ?, ?)
ON DUPLICATE KEY UPDATE address = VALUES(address)

-- ------------------------------------------------------------------ run
-- (store/schedule/store_run.c)

-- Error 1062: that occurrence is there already.
-- name: run_put
-- in: int tenant_id, int schedule_id, text process, text parameters, int origin, int retry_of
-- in: int tries, time due_at, int occurrences, time last_due_at, int state
-- in: time not_before, int allow_overlap, text exclusive, time ended_at, text reason_class
-- in: text reason, text created_by, time created_at
INSERT INTO {registry}.api_run (tenant_id, schedule_id, process, parameters, origin, retry_of,
	tries, due_at, occurrences, last_due_at, state, not_before, allow_overlap, exclusive,
	ended_at, reason_class, reason, created_by, created_at, result, log_tail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')

-- Of the schedule itself: what somebody asked for (created_by), and its retries, leave out no
-- occurrence; nor does what is about to be lost.
-- name: run_open
-- in: int schedule_id, time now
-- out: int run_id, int state, time due_at, time started_at
SELECT run_id, state, due_at, started_at FROM {registry}.api_run
WHERE schedule_id = ? AND state IN ({RUN_WAITING}, {RUN_RUNNING}) AND created_by = ''
	AND (state = {RUN_WAITING} OR lease_until > ?)
ORDER BY run_id

-- name: run_asked
-- in: int schedule_id
-- out: int runs
SELECT COUNT(*) FROM {registry}.api_run
WHERE schedule_id = ? AND state = {RUN_WAITING} AND origin = {RUN_BY_HAND}

-- The same of runs of a process without a schedule.
-- name: run_asked_of_process
-- in: int tenant_id, text process
-- out: int runs
SELECT COUNT(*) FROM {registry}.api_run FORCE INDEX (tenant_state)
WHERE tenant_id = ? AND state = {RUN_WAITING} AND schedule_id IS NULL AND process = ?
	AND origin = {RUN_BY_HAND}

-- name: run_state
-- in: int run_id
-- out: int state
SELECT state FROM {registry}.api_run WHERE run_id = ?

-- name: run_any_due
-- in: time now
-- out: int run_id
SELECT run_id FROM {registry}.api_run FORCE INDEX (waiting)
WHERE state = {RUN_WAITING} AND not_before <= ? LIMIT 1

-- Whose turn it is: first the tenants with the fewest runs at work, of these the one whose last run
-- began longest ago. One without any at work can always begin one.
-- name: run_tenants_due
-- in: time now, int limit
-- out: int alias_id
SELECT a.alias_id FROM {registry}.api_alias a
WHERE (SELECT r.run_id FROM {registry}.api_run r FORCE INDEX (tenant_state)
	WHERE r.tenant_id = a.alias_id AND r.state = {RUN_WAITING} AND r.not_before <= ? LIMIT 1) IS
	NOT NULL
ORDER BY (SELECT COUNT(*) FROM {registry}.api_run b FORCE INDEX (tenant_state)
	WHERE b.tenant_id = a.alias_id AND b.state = {RUN_RUNNING}),
	(SELECT l.started_at FROM {registry}.api_run l FORCE INDEX (begun)
		WHERE l.tenant_id = a.alias_id ORDER BY l.started_at DESC LIMIT 1),
	a.alias_id
LIMIT ?

-- What of a tenant may run now: nothing of its schedule (unless it may overlap) and of its tenant's
-- exclusive word is at work. The unique keys decide.
-- name: run_due
-- in: int tenant_id, time now, int limit
-- out: int run_id, int tenant_id, int schedule_id, int allow_overlap, text exclusive
SELECT r.run_id, r.tenant_id, r.schedule_id, r.allow_overlap, r.exclusive
FROM {registry}.api_run r FORCE INDEX (tenant_state)
WHERE r.tenant_id = ? AND r.state = {RUN_WAITING} AND r.not_before <= ?
	AND (r.allow_overlap = 1 OR r.schedule_id IS NULL
		OR NOT EXISTS (
			SELECT 1 FROM {registry}.api_run b WHERE b.busy_schedule = r.schedule_id))
	AND (r.exclusive IS NULL
		OR NOT EXISTS (SELECT 1 FROM {registry}.api_run b
			WHERE b.busy_exclusive = CONCAT(r.tenant_id, ':', r.exclusive)))
ORDER BY r.not_before, r.run_id LIMIT ?

-- What it was given to know (misfire) stays, for it is told that.
-- name: run_claim
-- in: bytes lease, time lease_until, text worker, time started_at, int run_id
UPDATE {registry}.api_run
SET state = {RUN_RUNNING}, lease = ?, lease_until = ?, worker = ?, started_at = ?, ended_at = NULL,
	reason = CASE WHEN reason_class IN ('misfire', 'after') THEN reason ELSE '' END,
	reason_class = CASE WHEN reason_class IN ('misfire', 'after') THEN reason_class ELSE '' END,
	busy_schedule = CASE allow_overlap WHEN 0 THEN schedule_id END,
	busy_exclusive = CASE WHEN exclusive IS NOT NULL THEN CONCAT(tenant_id, ':', exclusive) END
WHERE run_id = ? AND state = {RUN_WAITING}

-- name: run_load
-- in: int run_id
-- out: int run_id, int tenant_id, int schedule_id, text process, text parameters, int origin
-- out: int tries, time due_at, text reason_class, text reason
SELECT run_id, tenant_id, schedule_id, process, parameters, origin, tries, due_at, reason_class,
	reason
FROM {registry}.api_run WHERE run_id = ?

-- name: run_keep
-- in: time lease_until, time progress_at, text phase, int done, int total, int rate, text log_tail
-- in: int run_id, bytes lease
UPDATE {registry}.api_run
SET lease_until = ?, progress_at = ?, phase = ?, done = ?, total = ?, rate = ?, log_tail = ?
WHERE run_id = ? AND lease = ? AND state = {RUN_RUNNING}

-- name: run_cancelled
-- in: int run_id
-- out: text cancel_by
SELECT cancel_by FROM {registry}.api_run WHERE run_id = ? AND cancel_at IS NOT NULL

-- A run that nobody works on any more.
-- part: run_free
lease = NULL, lease_until = NULL, busy_schedule = NULL, busy_exclusive = NULL

-- The run is at work no more.
-- part: run_released
{run_free}
WHERE run_id = :run_id AND lease = :lease AND state = {RUN_RUNNING}

-- name: run_settle
-- in: int state, time ended_at, text phase, int done, int total, int rate, text result
-- in: text reason_class, text reason, text log_tail, int run_id, bytes lease
UPDATE {registry}.api_run
SET state = :state, ended_at = :ended_at, phase = :phase, done = :done, total = :total,
	rate = :rate, result = :result, reason_class = :reason_class, reason = :reason,
	log_tail = :log_tail, {run_released}

-- One that was cancelled meanwhile does not begin again.
-- name: run_give_back
-- in: time now, text reason, int run_id, bytes lease
UPDATE {registry}.api_run
SET state = CASE WHEN cancel_at IS NULL THEN {RUN_WAITING} ELSE {RUN_CANCELLED} END,
	not_before = :now, ended_at = CASE WHEN cancel_at IS NULL THEN NULL ELSE :now END,
	reason = CASE WHEN cancel_at IS NOT NULL THEN CONCAT('Cancelled by ', cancel_by, '.')
		WHEN reason_class = 'misfire' THEN reason ELSE :reason END,
	reason_class =
		CASE WHEN cancel_at IS NOT NULL THEN 'cancelled' WHEN reason_class = 'misfire'
		THEN 'misfire' ELSE '' END,
	{run_released}

-- name: run_lapsed
-- in: time now, int limit
-- out: int run_id, int tenant_id, int schedule_id, text process, text parameters, int tries
-- out: int allow_overlap, text exclusive, time cancel_at, text worker, text created_by
SELECT run_id, tenant_id, schedule_id, process, parameters, tries, allow_overlap, exclusive,
	cancel_at, worker, created_by
FROM {registry}.api_run WHERE state = {RUN_RUNNING} AND lease_until <= ? ORDER BY lease_until
LIMIT ? FOR UPDATE SKIP LOCKED

-- name: run_lose
-- in: int state, time ended_at, text reason_class, text reason, int run_id
UPDATE {registry}.api_run
SET state = ?, ended_at = ?, reason_class = ?, reason = ?, {run_free}
WHERE run_id = ? AND state = {RUN_RUNNING}

-- It will not begin any more.
-- part: run_called_off
state = {RUN_CANCELLED}, cancel_at = :now, ended_at = :now, cancel_by = :cancel_by,
	reason_class = 'cancelled'

-- A run that waits is cancelled at once, one that works is asked to stop.
-- name: run_cancel_waiting
-- in: time now, text cancel_by, int run_id, int tenant_id
UPDATE {registry}.api_run SET {run_called_off}, reason = 'Cancelled before it began.'
WHERE run_id = :run_id AND tenant_id = :tenant_id AND state = {RUN_WAITING}

-- name: run_cancel_running
-- in: time now, text cancel_by, int run_id, int tenant_id
UPDATE {registry}.api_run SET cancel_at = COALESCE(cancel_at, ?), cancel_by = ?
WHERE run_id = ? AND tenant_id = ? AND state = {RUN_RUNNING}

-- The same of all runs of a schedule.
-- name: run_cancel_waiting_of
-- in: time now, text cancel_by, int schedule_id
UPDATE {registry}.api_run SET {run_called_off}, reason = 'The schedule was deleted.'
WHERE schedule_id = :schedule_id AND state = {RUN_WAITING}

-- name: run_cancel_running_of
-- in: time now, text cancel_by, int schedule_id
UPDATE {registry}.api_run SET cancel_at = ?, cancel_by = ?
WHERE schedule_id = ? AND state = {RUN_RUNNING} AND cancel_at IS NULL

-- A run; the end of its log is shown of one only.
-- part: run
-- out: int run_id, int schedule_id, text process, text parameters, int origin, int retry_of
-- out: int tries, time due_at, int occurrences, time last_due_at, int state, time started_at
-- out: time ended_at, time cancel_at, text cancel_by, text phase, int done, int total, int rate
-- out: text result, text reason_class, text reason, text created_by, time created_at, text worker
r.run_id, r.schedule_id, r.process, r.parameters, r.origin, r.retry_of, r.tries, r.due_at,
	r.occurrences, r.last_due_at, r.state, r.started_at, r.ended_at, r.cancel_at, r.cancel_by,
	r.phase, r.done, r.total, r.rate, r.result, r.reason_class, r.reason, r.created_by,
	r.created_at, r.worker

-- name: run_get
-- in: int run_id, int tenant_id
-- out: {run}, text log_tail
SELECT {run}, r.log_tail FROM {registry}.api_run r WHERE r.run_id = ? AND r.tenant_id = ?

-- The next page; of one process, or of all.
-- part: run_page
(CAST(:process AS CHAR(64)) IS NULL OR r.process = CAST(:process AS CHAR(64)))
	AND r.run_id < :before_id
ORDER BY r.run_id DESC LIMIT :limit

-- Newest first; NULL: of any process, in any state. One statement for each index. Without the casts
-- a parameter keeps the type of its first value, NULL for example.
-- name: run_list
-- in: int tenant_id, text process, int before_id, int limit
-- out: {run}, text log_tail
SELECT {run}, '' FROM {registry}.api_run r FORCE INDEX (tenant)
WHERE r.tenant_id = :tenant_id AND {run_page}

-- name: run_list_in_state
-- in: int tenant_id, int state, text process, int before_id, int limit
-- out: {run}, text log_tail
SELECT {run}, '' FROM {registry}.api_run r FORCE INDEX (in_state)
WHERE r.tenant_id = :tenant_id AND r.state = :state AND {run_page}

-- name: run_list_of_schedule
-- in: int tenant_id, int schedule_id, int state, text process, int before_id, int limit
-- out: {run}, text log_tail
SELECT {run}, '' FROM {registry}.api_run r FORCE INDEX (schedule_state)
WHERE r.tenant_id = :tenant_id AND r.schedule_id = :schedule_id
	AND (CAST(:state AS SIGNED) IS NULL OR r.state = CAST(:state AS SIGNED)) AND {run_page}

-- name: run_forget
-- in: time before, int limit
DELETE FROM {registry}.api_run WHERE ended_at < ? ORDER BY ended_at LIMIT ?

-- Of tests: the effect of a run.
-- name: test_effect
-- in: text identifier, time now
INSERT INTO MarketingAction (Identifier, SourceId, Label, CreationDate, ModificationDate)
VALUES (CONCAT(:identifier, ' ', UUID()), 1, 'run', :now, :now)

-- ------------------------------------------------------------------ reference amounts
-- (process/ref_amounts.c; in the tenant's database)

-- Amounts times the rate of their day, exact, rounded to the fourth digit half to even; MariaDB's
-- ROUND goes half away from zero, which is put right. An amount beyond the column, or without a
-- rate, gives NULL. Rows that are right already are left alone. Instants: rows or rates modified
-- since.

-- The rate of the reference currency itself.
-- part: rate_one
CAST(1 AS DECIMAL(24,12))

-- A chunk of purchases.
-- part: purchase_chunk
$1.PurchaseHeaderId > :after_id AND $1.PurchaseHeaderId <= :last_id

-- A chunk of lines.
-- part: detail_chunk
$1.PurchaseDetailId > :after_id AND $1.PurchaseDetailId <= :last_id

-- A chunk of vouchers.
-- part: voucher_chunk
$1.VoucherId > :after_id AND $1.VoucherId <= :last_id

-- A purchase and its status, if it has one.
-- part: purchase_status
PurchaseHeader h LEFT JOIN PurchaseStatus s ON s.PurchaseStatusId = h.PurchaseStatusId

-- Whether it counts. Without a status only PurchaseTypeId 1 does.
-- part: purchase_counts
CASE WHEN s.PurchaseStatusId IS NULL THEN h.PurchaseTypeId = 1 ELSE s.Accountable = 1 END

-- The rate of a purchase's currency at its date, for a few purchases: it reads all later rates.
-- part: rate_at
(SELECT r.Rate FROM CurrencyRate r
	WHERE r.CurrencyId = $1.CurrencyId AND r.ValidFrom <= $1.PurchaseDate
	ORDER BY r.ValidFrom DESC LIMIT 1)

-- The same; 1 in the reference currency itself.
-- part: purchase_rate
CASE WHEN b.CurrencyId = :currency THEN {rate_one} ELSE {rate_at:b} END

-- The instants by which rates are laid out and looked up.
-- part: valid_from
s.ValidFrom

-- part: valid_until
s.ValidUntil

-- part: purchase_date
PurchaseDate

-- When it was used, else when it became valid, else when it was made.
-- part: voucher_date
COALESCE(h.UseDate, h.ValidityStartDate, h.CreationDate)

-- The number of an instant's month. What is after the newest rate counts to the newest rate's
-- month, what is 900 months before it to the first one: so a rate has a bounded number of months.
-- part: rate_month
LEAST(GREATEST(YEAR({$1}) * 12 + MONTH({$1}), :newest - 900), :newest)

-- The newest rate's month.
-- name: ref_newest
-- out: int month
SELECT YEAR(ValidFrom) * 12 + MONTH(ValidFrom) FROM CurrencyRate ORDER BY ValidFrom DESC LIMIT 1

-- The rate x of an instant, for many rows: each rate stands in every month of its time, so few
-- rates are compared with a row. A look-up in CurrencyRate would read all rates that are later.
-- part: rates
LEFT JOIN (WITH RECURSIVE laid AS (
		SELECT s.CurrencyId, s.Rate, s.ValidFrom, s.ValidUntil,
			{rate_month:valid_from} AS month, {rate_month:valid_until} AS last_month
		FROM (SELECT CurrencyId, Rate, ValidFrom,
				COALESCE(LEAD(ValidFrom) OVER (
					PARTITION BY CurrencyId ORDER BY ValidFrom), '9999-12-31')
					AS ValidUntil
			FROM CurrencyRate) s
		UNION ALL
		SELECT CurrencyId, Rate, ValidFrom, ValidUntil, month + 1, last_month FROM laid
		WHERE month < last_month)
	SELECT CurrencyId AS currency, Rate AS rate, ValidFrom AS starts_at,
		ValidUntil AS ends_at, month
	FROM laid) x
	ON x.currency = CurrencyId AND x.month = {rate_month:$1}
		AND x.starts_at <= {$1} AND x.ends_at > {$1}

-- A row's amount in the reference currency: rounded half to even; NULL when beyond the column.
-- part: reference
CASE WHEN CurrencyId = :currency THEN h.$1
	WHEN ABS(h.$1 * x.rate) >= 999999999999999.99995 THEN NULL
	WHEN ABS(ROUND(h.$1 * x.rate, 4) - h.$1 * x.rate) = 0.00005
		AND MOD(ABS(ROUND(h.$1 * x.rate, 4)) * 10000, 2) = 1
	THEN ROUND(h.$1 * x.rate, 4) - SIGN(h.$1) * 0.0001
	ELSE ROUND(h.$1 * x.rate, 4) END

-- Changed since, or a rate of the currency.
-- part: amount_since
(h.ModificationDate >= :since
	OR CurrencyId IN (SELECT c.CurrencyId FROM CurrencyRate c
		WHERE c.ModificationDate >= :since))

-- Something has to be written.
-- part: ref_differ
NOT (h.RefAmount <=> {reference:Amount} AND h.RefTaxFreeAmount <=> {reference:TaxFreeAmount}
	AND h.RefDiscountAmount <=> {reference:DiscountAmount})

-- The amounts that are written.
-- part: ref_write
h.RefAmount = {reference:Amount}, h.RefTaxFreeAmount = {reference:TaxFreeAmount},
	h.RefDiscountAmount = {reference:DiscountAmount}

-- part: ref_headers
PurchaseHeader h {rates:purchase_date}

-- part: ref_headers_where
{purchase_chunk:h} AND {amount_since} AND {ref_differ}

-- name: ref_headers_set
-- in: text currency, int after_id, int last_id, time since, int newest
UPDATE {ref_headers} SET {ref_write} WHERE {ref_headers_where}

-- name: ref_headers_count
-- in: text currency, int after_id, int last_id, time since, int newest
-- out: int rows
SELECT COUNT(*) FROM {ref_headers} WHERE {ref_headers_where}

-- Lines with their purchase. The lines come first: the table that is read first is changed while it
-- is read, another one in a second pass.
-- part: ref_details
PurchaseDetail h STRAIGHT_JOIN PurchaseHeader b ON b.PurchaseHeaderId = h.PurchaseHeaderId
	{rates:purchase_date}

-- part: ref_details_where
{detail_chunk:h} AND (b.ModificationDate >= :since OR {amount_since}) AND {ref_differ}

-- name: ref_details_set
-- in: text currency, int after_id, int last_id, time since, int newest
UPDATE {ref_details} SET {ref_write} WHERE {ref_details_where}

-- name: ref_details_count
-- in: text currency, int after_id, int last_id, time since, int newest
-- out: int rows
SELECT COUNT(*) FROM {ref_details} WHERE {ref_details_where}

-- part: ref_vouchers
Voucher h {rates:voucher_date}

-- part: ref_vouchers_where
{voucher_chunk:h} AND {amount_since} AND NOT (h.RefAmount <=> {reference:Amount})

-- name: ref_vouchers_set
-- in: text currency, int after_id, int last_id, time since, int newest
UPDATE {ref_vouchers} SET h.RefAmount = {reference:Amount} WHERE {ref_vouchers_where}

-- name: ref_vouchers_count
-- in: text currency, int after_id, int last_id, time since, int newest
-- out: int rows
SELECT COUNT(*) FROM {ref_vouchers} WHERE {ref_vouchers_where}

-- name: ref_header_last
-- in: int after_id, int chunk
-- out: int last_id
SELECT PurchaseHeaderId FROM PurchaseHeader WHERE PurchaseHeaderId > ? ORDER BY PurchaseHeaderId
LIMIT 1 OFFSET ?

-- name: ref_header_max
-- out: int last_id
SELECT PurchaseHeaderId FROM PurchaseHeader ORDER BY PurchaseHeaderId DESC LIMIT 1

-- name: ref_detail_last
-- in: int after_id, int chunk
-- out: int last_id
SELECT PurchaseDetailId FROM PurchaseDetail WHERE PurchaseDetailId > ? ORDER BY PurchaseDetailId
LIMIT 1 OFFSET ?

-- name: ref_detail_max
-- out: int last_id
SELECT PurchaseDetailId FROM PurchaseDetail ORDER BY PurchaseDetailId DESC LIMIT 1

-- name: ref_voucher_last
-- in: int after_id, int chunk
-- out: int last_id
SELECT VoucherId FROM Voucher WHERE VoucherId > ? ORDER BY VoucherId LIMIT 1 OFFSET ?

-- name: ref_voucher_max
-- out: int last_id
SELECT VoucherId FROM Voucher ORDER BY VoucherId DESC LIMIT 1

-- Of a chunk, by currency: rows with amounts that have no reference amount because there is no
-- rate, from when to when, and amounts that are beyond the column. In a dry run
-- reference amounts say nothing yet. What is deleted needs none.

-- Rows without a rate by currency, and their first and last date.
-- part: missing_rates
COALESCE(i.CurrencyId, '') AS currency, CAST(SUM(i.rate IS NULL) AS SIGNED),
	MIN(CASE WHEN i.rate IS NULL THEN i.at END), MAX(CASE WHEN i.rate IS NULL THEN i.at END)

-- Whether an amount is beyond the column.
-- part: beyond
COALESCE(ABS(i.$1 * i.rate) >= 999999999999999.99995, 0)

-- Rows whose amount is beyond the column.
-- part: too_large
CAST(SUM({beyond:Amount} + {beyond:TaxFreeAmount} + {beyond:DiscountAmount}) AS SIGNED)

-- Rows with an amount; with dry 0 only amounts that have no reference amount.
-- part: has_amount
CASE WHEN :dry = 1 THEN COALESCE($1.Amount, $1.TaxFreeAmount, $1.DiscountAmount) IS NOT NULL
	ELSE ($1.Amount IS NOT NULL AND $1.RefAmount IS NULL)
		OR ($1.TaxFreeAmount IS NOT NULL AND $1.RefTaxFreeAmount IS NULL)
		OR ($1.DiscountAmount IS NOT NULL AND $1.RefDiscountAmount IS NULL) END

-- A chunk's purchases and the rate of each.
-- part: head_amounts
b.Amount, b.TaxFreeAmount, b.DiscountAmount, {purchase_rate} AS rate FROM PurchaseHeader b
WHERE {purchase_chunk:b}

-- A chunk's lines and the rate of their purchase.
-- part: line_amounts
d.Amount, d.TaxFreeAmount, d.DiscountAmount, {purchase_rate} AS rate
FROM PurchaseDetail d JOIN PurchaseHeader b ON b.PurchaseHeaderId = d.PurchaseHeaderId
WHERE {detail_chunk:d}

-- The rate of a voucher's currency at its date.
-- part: voucher_rate
CASE WHEN b.CurrencyId = :currency THEN {rate_one}
	ELSE (SELECT r.Rate FROM CurrencyRate r
		WHERE r.CurrencyId = b.CurrencyId
			AND r.ValidFrom <= COALESCE(b.UseDate, b.ValidityStartDate, b.CreationDate)
		ORDER BY r.ValidFrom DESC LIMIT 1) END

-- A chunk's vouchers and the rate of each.
-- part: voucher_amounts
b.Amount, {voucher_rate} AS rate FROM Voucher b WHERE {voucher_chunk:b}

-- name: ref_headers_missing
-- in: text currency, int after_id, int last_id, int dry
-- out: text currency_id, int rows, time first, time last, int too_large
SELECT {missing_rates}, {too_large}
FROM (SELECT b.CurrencyId, b.PurchaseDate AS at,
		{head_amounts} AND b.DeletionFlag = 0 AND {has_amount:b}) i
GROUP BY currency ORDER BY currency

-- name: ref_details_missing
-- in: text currency, int after_id, int last_id, int dry
-- out: text currency_id, int rows, time first, time last, int too_large
SELECT {missing_rates}, {too_large}
FROM (SELECT b.CurrencyId, b.PurchaseDate AS at,
		{line_amounts} AND b.DeletionFlag = 0 AND d.DeletionFlag = 0 AND {has_amount:d}) i
GROUP BY currency ORDER BY currency

-- name: ref_vouchers_missing
-- in: text currency, int after_id, int last_id, int dry
-- out: text currency_id, int rows, time first, time last, int too_large
SELECT {missing_rates}, CAST(SUM({beyond:Amount}) AS SIGNED)
FROM (SELECT b.CurrencyId, COALESCE(b.UseDate, b.ValidityStartDate, b.CreationDate) AS at,
		{voucher_amounts} AND b.DeletionFlag = 0
		AND CASE WHEN :dry = 1 THEN b.Amount IS NOT NULL
			ELSE (b.Amount IS NOT NULL AND b.RefAmount IS NULL) END) i
GROUP BY currency ORDER BY currency

-- A process has a row from its first run on, so that what is forgotten while a run is at work is
-- noticed at its end.
-- name: process_state_begin
-- in: text process
INSERT INTO api_process_state (process, seen_to, detail) VALUES (?, '1970-01-01', '')
ON DUPLICATE KEY UPDATE process = process

-- name: process_state_get
-- in: text process
-- out: time seen_to, text detail, int forgotten
SELECT seen_to, detail, forgotten FROM api_process_state WHERE process = ?

-- name: process_state_set
-- in: time seen_to, text detail, text process, int forgotten
UPDATE api_process_state SET seen_to = ?, detail = ? WHERE process = ? AND forgotten = ?

-- name: process_state_forget
-- in: text process
INSERT INTO api_process_state (process, seen_to, detail, forgotten) VALUES (?, '1970-01-01', '', 1)
ON DUPLICATE KEY UPDATE seen_to = VALUES(seen_to), detail = VALUES(detail),
	forgotten = forgotten + 1

-- ------------------------------------------------------------------ imports
-- (store/exchange/store_import.c; in the tenant's database)

-- part: import
-- out: int import_id, text connection, text name, int bytes, time modified_at, bytes sha256
-- out: int state, int is_moved, int run_id, int next_offset, int next_line, int header_bytes
-- out: text counts, int accepted_bytes, int rejected_bytes, int reasons_bytes, text reason
-- out: time started_at, time ended_at
import_id, connection, name, bytes, modified_at, sha256, state, is_moved, run_id, next_offset,
	next_line, header_bytes, counts, accepted_bytes, rejected_bytes, reasons_bytes, reason,
	started_at, ended_at

-- One that could not be read begins anew: its mapping may have been mended. The state is set last,
-- because what is set before asks for it.
-- name: import_begin
-- in: text connection, text name, int bytes, time modified_at, bytes sha256, bytes worker
-- in: int run_id, time now
INSERT INTO api_import (connection, name, bytes, modified_at, sha256, state, worker, run_id,
	counts, started_at)
VALUES (:connection, :name, :bytes, :modified_at, :sha256, {IMPORT_RUNNING}, :worker, :run_id, '',
	:now)
ON DUPLICATE KEY UPDATE
	worker = IF(state IN ({IMPORT_RUNNING}, {IMPORT_REFUSED}), VALUES(worker), worker),
	run_id = IF(state IN ({IMPORT_RUNNING}, {IMPORT_REFUSED}), VALUES(run_id), run_id),
	reason = IF(state = {IMPORT_REFUSED}, '', reason),
	started_at = IF(state = {IMPORT_REFUSED}, VALUES(started_at), started_at),
	ended_at = IF(state = {IMPORT_REFUSED}, NULL, ended_at),
	modified_at = VALUES(modified_at), is_moved = 0,
	state = IF(state = {IMPORT_REFUSED}, {IMPORT_RUNNING}, state)

-- name: import_again
-- in: text connection, text name, int bytes, bytes sha256
UPDATE api_import SET state = {IMPORT_RUNNING}, next_offset = 0, next_line = 0, counts = '',
	accepted_bytes = 0, rejected_bytes = 0, reasons_bytes = 0, reason = '', ended_at = NULL
WHERE connection = ? AND name = ? AND bytes = ? AND sha256 = ? AND state <> {IMPORT_RUNNING}

-- name: import_find
-- in: text connection, text name, int bytes, bytes sha256
-- out: {import}
SELECT {import} FROM api_import
WHERE connection = ? AND name = ? AND bytes = ? AND sha256 = ? FOR UPDATE

-- name: import_by_id
-- in: int import_id
-- out: {import}
SELECT {import} FROM api_import WHERE import_id = ?

-- The one that was read to its end and is still where it was.
-- name: import_left
-- in: text connection, text name, time modified_at
-- out: {import}
SELECT {import} FROM api_import
WHERE connection = ? AND name = ? AND modified_at = ? AND is_moved = 0
	AND state IN ({IMPORT_DONE}, {IMPORT_FAILED})
ORDER BY import_id DESC LIMIT 1

-- name: import_moved
-- in: int import_id
UPDATE api_import SET is_moved = 1 WHERE import_id = ?

-- connection NULL, state NULL: any.
-- name: import_list
-- in: int before_id, text connection, int state, int limit
-- out: {import}
SELECT {import} FROM api_import
WHERE import_id < :before_id AND (:connection IS NULL OR connection = :connection)
	AND (:state IS NULL OR state = :state)
ORDER BY import_id DESC LIMIT :limit

-- name: import_checkpoint
-- in: int next_offset, int next_line, int header_bytes, text counts, int accepted_bytes
-- in: int rejected_bytes, int reasons_bytes, int import_id, bytes worker
UPDATE api_import SET next_offset = ?, next_line = ?, header_bytes = ?, counts = ?,
	accepted_bytes = ?, rejected_bytes = ?, reasons_bytes = ?
WHERE import_id = ? AND state = {IMPORT_RUNNING} AND worker = ?

-- name: import_end
-- in: int state, text reason, time now, int import_id, bytes worker
UPDATE api_import SET state = ?, reason = ?, ended_at = ?
WHERE import_id = ? AND state = {IMPORT_RUNNING} AND worker = ?

-- ------------------------------------------------------------------ cursors of connectors
-- (store/exchange/store_cursor.c; in the tenant's database)

-- name: cursor_lock
-- in: text connection
-- out: bytes worker, text about
SELECT worker, about FROM api_cursor
WHERE connection = ? AND resource = '' AND scope = '' FOR UPDATE

-- name: cursor_take
-- in: text connection, bytes worker, text about
INSERT INTO api_cursor (connection, resource, scope, worker, about)
VALUES (?, '', '', ?, ?)
ON DUPLICATE KEY UPDATE worker = VALUES(worker), about = VALUES(about)

-- name: cursor_forget
-- in: text connection
DELETE FROM api_cursor WHERE connection = ? AND resource <> ''

-- name: cursor_get
-- in: text connection, text resource, text scope
-- out: time seen_at, time pass_from, time pass_at, int pass_id, time swept_at
SELECT seen_at, pass_from, pass_at, pass_id, swept_at FROM api_cursor
WHERE connection = ? AND resource = ? AND scope = ?

-- name: cursor_set
-- in: text connection, text resource, text scope, time seen_at, time pass_from, time pass_at
-- in: int pass_id, time swept_at
INSERT INTO api_cursor (connection, resource, scope, seen_at, pass_from, pass_at, pass_id,
	swept_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE seen_at = VALUES(seen_at), pass_from = VALUES(pass_from),
	pass_at = VALUES(pass_at), pass_id = VALUES(pass_id), swept_at = VALUES(swept_at)

-- ------------------------------------------------------------------ sweeps of connectors
-- (process/connector/shop_sweep.c; in the tenant's database) What a Source's shop may have deleted.

-- part: sweep
-- out: text identifier
$1 > :after AND SourceId = :source_id AND CreationDate < :before AND DeletionFlag = 0
ORDER BY $1 LIMIT :limit

-- name: sweep_contacts
-- in: int source_id, time before, text after, int limit
-- out: {sweep}
SELECT i.Identifier FROM ContactIdentifier i JOIN Contact c ON c.ContactId = i.ContactId
WHERE i.Identifier > :after AND i.SourceId = :source_id AND i.CreationDate < :before
	AND c.DeletionFlag = 0
	AND NOT EXISTS (SELECT 1 FROM api_identifier_end e
		WHERE e.identifier = i.Identifier AND e.source_id = i.SourceId)
ORDER BY i.Identifier LIMIT :limit

-- name: sweep_goods
-- in: int source_id, time before, text after, int limit
-- out: {sweep}
SELECT Identifier FROM PurchaseGood WHERE {sweep:Identifier}

-- name: sweep_categories
-- in: int source_id, time before, text after, int limit
-- out: {sweep}
SELECT Identifier FROM PurchaseGoodCategory WHERE {sweep:Identifier}

-- name: sweep_purchases
-- in: int source_id, time before, text after, int limit
-- out: {sweep}
SELECT PurchaseIdentifier FROM PurchaseHeader WHERE {sweep:PurchaseIdentifier}
-- ------------------------------------------------------------------ exports
-- (store/exchange/store_export.c)

-- name: export_begin
-- in: bytes hash, text plan, time now
INSERT INTO api_export (hash, plan, begun_at) VALUES (?, ?, ?)
ON DUPLICATE KEY UPDATE begun_at = VALUES(begun_at)

-- name: export_find
-- in: bytes hash
-- out: int export_id, time since
SELECT export_id, since FROM api_export WHERE hash = ?

-- Another run that began later may have come further.
-- name: export_end
-- in: time since, int export_id
UPDATE api_export SET since = GREATEST(COALESCE(since, :since), :since)
WHERE export_id = :export_id

-- name: export_gone_drop
-- in: int gone_id
DELETE FROM api_export_gone WHERE gone_id = ?

-- name: export_plans
-- out: int export_id, text plan
SELECT export_id, plan FROM api_export ORDER BY export_id LIMIT 1000

-- name: export_gone_put
-- in: int export_id, bytes sealed, time gone_at
INSERT INTO api_export_gone (export_id, sealed, gone_at) VALUES (?, ?, ?)

-- name: export_gone_list
-- in: int export_id, int after
-- out: int gone_id, bytes sealed
SELECT gone_id, sealed FROM api_export_gone
WHERE export_id = ? AND gone_id > ? ORDER BY gone_id LIMIT 500

-- name: export_gone_since
-- in: int export_id, int after
-- out: int gone_id
SELECT gone_id FROM api_export_gone WHERE export_id = ? AND gone_id > ?
ORDER BY gone_id DESC LIMIT 1

-- When the decision tables were made.
-- name: export_decided
-- out: time as_of
SELECT AsOf FROM DecisionState

-- What nobody fetched for so long begins with all rows again.
-- name: export_forget
-- in: time before
DELETE FROM api_export WHERE begun_at < ?

-- name: export_gone_forget
-- in: time before
DELETE FROM api_export_gone WHERE gone_at < :before
	OR export_id NOT IN (SELECT export_id FROM api_export)

-- ------------------------------------------------------------------ decision tables
-- (process/decisional.c; in the tenant's database)
-- What counts: purchases that are not deleted, of a status that is Accountable or paid
-- (PurchaseTypeId 1) with no status that is known, dated, not after the run's start. That of a
-- contact who is deleted, or erased, is a sale of nobody known. They are copied first, after the
-- contacts and their addresses (DecisionWork…), and everything else but the points is
-- made of the copies: who comes, goes or changes meanwhile is in all tables what it was then.

-- Held as long as the connection lives, even while a dead run's last statement is still at work:
-- what that does to the tables is over before another begins.
-- name: decisional_lock
-- in: int wait_s
-- out: int got
SELECT GET_LOCK(CONCAT('customerapi.decisional.', DATABASE()), ?)

-- name: decisional_empty_state
TRUNCATE TABLE DecisionStateNext WAIT 2

-- name: decisional_empty_contacts
TRUNCATE TABLE DecisionContactNext WAIT 2

-- name: decisional_empty_months
TRUNCATE TABLE DecisionMonthNext WAIT 2

-- name: decisional_empty_contactability
TRUNCATE TABLE DecisionContactabilityNext WAIT 2

-- name: decisional_empty_cohorts
TRUNCATE TABLE DecisionCohortNext WAIT 2

-- name: decisional_empty_work_months
TRUNCATE TABLE DecisionWorkMonth WAIT 2

-- name: decisional_empty_work_contacts
TRUNCATE TABLE DecisionWorkContact WAIT 2

-- name: decisional_empty_work_addresses
TRUNCATE TABLE DecisionWorkAddress WAIT 2

-- name: decisional_empty_work_purchases
TRUNCATE TABLE DecisionWorkPurchase WAIT 2

-- The table is filled without its keys: made at once from all rows they cost less than row by row.
-- Those that give the fifths come first.
-- name: decisional_keys_drop
ALTER TABLE DecisionContactNext WAIT 2 DROP KEY IF EXISTS LastPurchaseDate,
	DROP KEY IF EXISTS PurchaseCount, DROP KEY IF EXISTS RefAmount,
	DROP KEY IF EXISTS RfmSegment

-- name: decisional_keys_add
ALTER TABLE DecisionContactNext WAIT 2 ADD KEY IF NOT EXISTS LastPurchaseDate (LastPurchaseDate),
	ADD KEY IF NOT EXISTS PurchaseCount (PurchaseCount),
	ADD KEY IF NOT EXISTS RefAmount (RefAmount)

-- name: decisional_work_month_put
-- in: time starts_at, text month
INSERT INTO DecisionWorkMonth (StartsAt, Month) VALUES (?, ?)

-- name: decisional_contacts_copy
-- in: int after_id, int last_id
INSERT INTO DecisionWorkContact (ContactId, ZoneId, GlobalOptin, ContactStateId)
SELECT ContactId, ZoneId, GlobalOptin, ContactStateId FROM Contact
WHERE ContactId > ? AND ContactId <= ? AND DeletionFlag = 0

-- part: address_lines
a.Address1, a.Address2, a.Address3, a.Address4, a.Address5, a.Address6, a.Address7

-- name: decisional_addresses_copy
-- in: int after_id, int last_id
INSERT INTO DecisionWorkAddress (ContactId, BrandId, ContactAddressTypeId, HasEmail, EmailOptin,
	EmailStateId, HasMobilePhone, MobilePhoneOptin, MobilePhoneStateId, HasHomePhone,
	HomePhoneOptin, HomePhoneStateId, HasAddress, AddressOptin, AddressStateId)
SELECT a.ContactId, a.BrandId, a.ContactAddressTypeId, COALESCE(a.Email <> '', 0), a.EmailOptin,
	a.EmailStateId, COALESCE(a.MobilePhoneNumber <> '', 0), a.MobilePhoneOptin,
	a.MobilePhoneStateId, COALESCE(a.HomePhoneNumber <> '', 0), a.HomePhoneOptin,
	a.HomePhoneStateId,
	CONCAT_WS('', {address_lines}) <> '',
	a.AddressOptin, a.AddressStateId
FROM DecisionWorkContact c JOIN Address a ON a.ContactId = c.ContactId
WHERE c.ContactId > ? AND c.ContactId <= ? AND a.DeletionFlag = 0

-- It counts, and has no reference amount.
-- part: unpriced
x.counts AND x.RefAmount IS NULL

-- Of a chunk: what counts, what of it has no reference amount and why (no amount, no rate, beyond
-- the column, not computed yet), and what is left out because of its date. COUNT(x OR NULL) counts
-- the rows where x is true.
-- name: decisional_purchases_count
-- in: time first, time now, text currency, int after_id, int last_id
-- out: int purchases, int no_amount, int no_rate, int too_large, int not_computed, int undated
-- out: int future, int no_status
SELECT COUNT(x.counts OR NULL), COUNT({unpriced} AND x.Amount IS NULL OR NULL),
	COUNT({unpriced} AND x.Amount IS NOT NULL AND x.rate IS NULL OR NULL),
	COUNT({unpriced} AND ABS(x.Amount * x.rate) >= 999999999999999.99995 OR NULL),
	COUNT({unpriced} AND ABS(x.Amount * x.rate) < 999999999999999.99995 OR NULL),
	COUNT(x.undated OR NULL), COUNT(x.future OR NULL), COUNT(x.no_status OR NULL)
FROM (SELECT y.accountable AND y.dated AS counts, y.accountable AND y.undated AS undated,
		y.accountable AND y.future AS future, NOT y.accountable AND y.dated AS no_status,
		y.Amount, y.RefAmount, y.rate
	FROM (SELECT COALESCE(h.PurchaseDate >= :first AND h.PurchaseDate <= :now, 0) AS dated,
			h.PurchaseDate IS NULL OR h.PurchaseDate < :first AS undated,
			COALESCE(h.PurchaseDate > :now, 0) AS future,
			s.PurchaseStatusId IS NOT NULL
				OR COALESCE(h.PurchaseTypeId = 1, 0) AS accountable,
			h.Amount, h.RefAmount,
			CASE WHEN h.RefAmount IS NOT NULL THEN NULL
				WHEN h.CurrencyId = :currency THEN {rate_one}
				ELSE {rate_at:h} END AS rate
		FROM {purchase_status}
		WHERE {purchase_chunk:h}
			AND h.DeletionFlag = 0
			AND CASE WHEN s.PurchaseStatusId IS NULL
				THEN COALESCE(h.PurchaseTypeId, 0) <> 3 ELSE s.Accountable = 1 END)
		y) x

-- The labels of what a chunk leaves out for want of a status (a cart needs none), those of most
-- purchases first.
-- name: decisional_labels
-- in: int after_id, int last_id, time first, time now, int limit
-- out: text label, int purchases
SELECT COALESCE(h.FreeField2, ''), COUNT(*)
FROM {purchase_status}
WHERE {purchase_chunk:h} AND h.DeletionFlag = 0
	AND s.PurchaseStatusId IS NULL AND COALESCE(h.PurchaseTypeId, 0) NOT IN (1, 3)
	AND h.PurchaseDate >= :first AND h.PurchaseDate <= :now
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :limit

-- The month of a purchase in the tenant's zone: it is the one of its UTC date, or one beside it. At
-- the ends of the list, where that has no row, it is looked up.
-- part: month_of_purchase
COALESCE(CASE WHEN h.PurchaseDate < m.StartsAt THEN m.Month - INTERVAL 1 MONTH
		WHEN h.PurchaseDate >= m.EndsAt THEN m.Month + INTERVAL 1 MONTH ELSE m.Month END,
	(SELECT o.Month FROM DecisionWorkMonth o WHERE o.StartsAt <= h.PurchaseDate
		ORDER BY o.StartsAt DESC LIMIT 1))

-- Lines have a status of their own where some of them were cancelled. Shipping, tips, duties, fees,
-- wrapping and adjustments are no pieces.
-- name: decisional_purchases_put
-- in: int after_id, int last_id, time first, time now
INSERT INTO DecisionWorkPurchase (ContactId, PurchaseDate, PurchaseHeaderId, Month, BrandId, ZoneId,
	StoreId, SourceId, RefAmount, Quantity)
SELECT COALESCE(k.ContactId, 0) AS contact, h.PurchaseDate, h.PurchaseHeaderId,
	{month_of_purchase},
	COALESCE(h.BrandId, 0), COALESCE(h.ZoneId, 0), COALESCE(h.StoreId, 0), h.SourceId,
	h.RefAmount, COALESCE(q.quantity, 0)
FROM {purchase_status}
	LEFT JOIN DecisionWorkContact k ON k.ContactId = h.ContactId
	LEFT JOIN (SELECT Month, StartsAt, LEAD(StartsAt) OVER (ORDER BY StartsAt) AS EndsAt
		FROM DecisionWorkMonth) m
		ON m.Month = CAST(h.PurchaseDate - INTERVAL DAYOFMONTH(h.PurchaseDate) - 1 DAY
			AS DATE)
	LEFT JOIN (SELECT d.PurchaseHeaderId, SUM(d.Quantity) AS quantity
		FROM PurchaseDetail d
			LEFT JOIN PurchaseStatus t ON t.PurchaseStatusId = d.PurchaseStatusId
			LEFT JOIN PurchaseGood g ON g.PurchaseGoodId = d.PurchaseGoodId
		WHERE {purchase_chunk:d}
			AND d.DeletionFlag = 0 AND (d.PurchaseStatusId IS NULL OR t.Accountable = 1)
			AND (g.PurchaseGoodTypeId IS NULL
				OR g.PurchaseGoodTypeId NOT IN (2, 5, 6, 7, 8, 9))
		GROUP BY d.PurchaseHeaderId) q
		ON q.PurchaseHeaderId = h.PurchaseHeaderId
WHERE {purchase_chunk:h} AND h.DeletionFlag = 0
	AND h.PurchaseDate >= :first AND h.PurchaseDate <= :now
	AND {purchase_counts}
ORDER BY contact, h.PurchaseDate, h.PurchaseHeaderId

-- name: decisional_contact_last
-- in: int after_id, int chunk
-- out: int last_id
SELECT ContactId FROM Contact WHERE ContactId > ? ORDER BY ContactId LIMIT 1 OFFSET ?

-- name: decisional_contact_max
-- out: int last_id
SELECT ContactId FROM Contact ORDER BY ContactId DESC LIMIT 1

-- name: decisional_contacts_count
-- in: int after_id, int last_id
-- out: int contacts
SELECT COUNT(*) FROM Contact WHERE ContactId > ? AND ContactId <= ? AND DeletionFlag = 0

-- An opt-in: 1 when an address with a value for the channel says so, 0 when none does and one
-- refuses, NULL when nobody was asked. The balance is the sum of the movements;
-- points that expire have a movement of their own.
-- name: decisional_contacts_put
-- in: time now, time months12, time months24, int after_id, int last_id
INSERT INTO DecisionContactNext (ContactId, ZoneId, FirstPurchaseDate, LastPurchaseDate,
	FirstPurchaseMonth, PurchaseCount, PurchaseCount12Months, PurchaseCount24Months,
	UnpricedCount, Quantity, RefAmount, RefAmount12Months, RefAmount24Months, AverageBasket,
	RfmSegment, PointBalance, GlobalOptin, EmailOptin, MobilePhoneOptin, HomePhoneOptin,
	AddressOptin, CreationDate, ModificationDate)
SELECT c.ContactId, c.ZoneId, p.first_date, p.last_date, p.first_month, COALESCE(p.purchases, 0),
	COALESCE(p.purchases12, 0), COALESCE(p.purchases24, 0), COALESCE(p.unpriced, 0), p.quantity,
	p.amount, p.amount12, p.amount24, ROUND(p.amount / NULLIF(p.purchases - p.unpriced, 0), 4),
	'NoPurchase', COALESCE(l.points, 0), c.GlobalOptin, a.email, a.mobile, a.home, a.postal,
	:now, :now
FROM DecisionWorkContact c
	LEFT JOIN (SELECT w.ContactId, MIN(w.PurchaseDate) AS first_date,
			MAX(w.PurchaseDate) AS last_date, MIN(w.Month) AS first_month,
			COUNT(*) AS purchases, SUM(w.PurchaseDate >= :months12) AS purchases12,
			SUM(w.PurchaseDate >= :months24) AS purchases24,
			SUM(w.RefAmount IS NULL) AS unpriced, SUM(w.Quantity) AS quantity,
			COALESCE(SUM(w.RefAmount), 0) AS amount,
			COALESCE(SUM(CASE WHEN w.PurchaseDate >= :months12 THEN w.RefAmount END), 0)
				AS amount12,
			COALESCE(SUM(CASE WHEN w.PurchaseDate >= :months24 THEN w.RefAmount END), 0)
				AS amount24
		FROM DecisionWorkPurchase w
		WHERE w.ContactId > :after_id AND w.ContactId <= :last_id GROUP BY w.ContactId) p
		ON p.ContactId = c.ContactId
	LEFT JOIN (SELECT b.ContactId, MAX(CASE WHEN b.HasEmail = 1 THEN b.EmailOptin END) AS email,
			MAX(CASE WHEN b.HasMobilePhone = 1 THEN b.MobilePhoneOptin END) AS mobile,
			MAX(CASE WHEN b.HasHomePhone = 1 THEN b.HomePhoneOptin END) AS home,
			MAX(CASE WHEN b.HasAddress = 1 THEN b.AddressOptin END) AS postal
		FROM DecisionWorkAddress b WHERE b.ContactId > :after_id AND b.ContactId <= :last_id
		GROUP BY b.ContactId) a
		ON a.ContactId = c.ContactId
	LEFT JOIN (SELECT i.ContactId, SUM(i.PointAmount) AS points FROM LoyaltyPoint i
		WHERE i.ContactId > :after_id AND i.ContactId <= :last_id AND i.DeletionFlag = 0
		GROUP BY i.ContactId) l
		ON l.ContactId = c.ContactId
WHERE c.ContactId > :after_id AND c.ContactId <= :last_id

-- The values that part those who bought into fifths, by their place in the order.
-- name: decisional_buyers
-- out: int buyers
SELECT COUNT(*) FROM DecisionContactNext WHERE LastPurchaseDate IS NOT NULL

-- name: decisional_recency_at
-- in: int place
-- out: time value
SELECT LastPurchaseDate FROM DecisionContactNext WHERE LastPurchaseDate IS NOT NULL
ORDER BY LastPurchaseDate LIMIT 1 OFFSET ?

-- name: decisional_frequency_at
-- in: int place
-- out: int value
SELECT PurchaseCount FROM DecisionContactNext WHERE PurchaseCount > 0 ORDER BY PurchaseCount
LIMIT 1 OFFSET ?

-- name: decisional_monetary_at
-- in: int place
-- out: text value
SELECT CAST(RefAmount AS CHAR) FROM DecisionContactNext WHERE RefAmount IS NOT NULL
ORDER BY RefAmount LIMIT 1 OFFSET ?

-- A bound of the quintiles.
-- part: above_amount
(RefAmount > CAST(? AS DECIMAL(23,4)))

-- A column set here has its new value in those behind it.
-- name: decisional_quintiles_set
-- in: time recency1, time recency2, time recency3, time recency4, int frequency1, int frequency2
-- in: int frequency3, int frequency4
-- in: text monetary1, text monetary2, text monetary3, text monetary4, int after_id, int last_id
UPDATE DecisionContactNext
SET RecencyQuintile = 1 + (LastPurchaseDate > ?) + (LastPurchaseDate > ?) + (LastPurchaseDate > ?) +
	(LastPurchaseDate > ?),
	FrequencyQuintile = 1 + (PurchaseCount > ?) + (PurchaseCount > ?) + (PurchaseCount > ?) +
		(PurchaseCount > ?),
	MonetaryQuintile = 1 + {above_amount} + {above_amount} + {above_amount} + {above_amount},
	RfmSegment =
		CASE WHEN RecencyQuintile >= 4 AND FrequencyQuintile >= 4 AND MonetaryQuintile >= 4
		THEN 'Champion' WHEN RecencyQuintile >= 3 AND FrequencyQuintile >= 4 THEN 'Loyal'
		WHEN RecencyQuintile >= 3 AND MonetaryQuintile >= 4 THEN 'BigSpender'
		WHEN RecencyQuintile >= 4 AND PurchaseCount = 1 THEN 'New' WHEN RecencyQuintile >= 3
		THEN 'Regular' WHEN FrequencyQuintile >= 4 OR MonetaryQuintile >= 4 THEN 'AtRisk'
		WHEN RecencyQuintile = 2 THEN 'Sleeping' ELSE 'Lost' END
WHERE ContactId > ? AND ContactId <= ? AND LastPurchaseDate IS NOT NULL

-- A month's row, up to its customers.
-- part: months_begin
INSERT INTO DecisionMonthNext (Month, BrandId, ZoneId, StoreId, SourceId, Purchases,
	UnpricedPurchases, Quantity, RefAmount, Customers, NewCustomers, ReturningCustomers,
	CreationDate, ModificationDate)
SELECT w.Month, w.BrandId, w.ZoneId, w.StoreId, w.SourceId, COUNT(*), SUM(w.RefAmount IS NULL),
	SUM(w.Quantity), COALESCE(SUM(w.RefAmount), 0)

-- Purchases add to what the month has already.
-- part: month_adds
GROUP BY w.Month, w.BrandId, w.ZoneId, w.StoreId, w.SourceId
ON DUPLICATE KEY UPDATE Purchases = Purchases + VALUES(Purchases),
	UnpricedPurchases = UnpricedPurchases + VALUES(UnpricedPurchases),
	Quantity = Quantity + VALUES(Quantity), RefAmount = RefAmount + VALUES(RefAmount)

-- New is who makes the first purchase of all in the cell: so the new ones of cells add up, and each
-- other customer of a cell is a returning one.
-- name: decisional_months_put
-- in: time now, int after_id, int last_id
{months_begin}, COUNT(DISTINCT w.ContactId), SUM(w.place = 1),
	COUNT(DISTINCT w.ContactId) - SUM(w.place = 1), :now, :now
FROM (SELECT p.ContactId, p.Month, p.BrandId, p.ZoneId, p.StoreId, p.SourceId, p.RefAmount,
		p.Quantity,
		ROW_NUMBER() OVER (
			PARTITION BY p.ContactId ORDER BY p.PurchaseDate, p.PurchaseHeaderId) AS
			place
	FROM DecisionWorkPurchase p WHERE p.ContactId > :after_id AND p.ContactId <= :last_id) w
	{month_adds},
	Customers = Customers + VALUES(Customers),
	NewCustomers = NewCustomers + VALUES(NewCustomers),
	ReturningCustomers = ReturningCustomers + VALUES(ReturningCustomers)

-- Purchases of nobody known: sales, but no customers. By time, for they are all of "contact 0".
-- name: decisional_months_anonymous_first
-- out: time first
SELECT PurchaseDate FROM DecisionWorkPurchase WHERE ContactId = 0 ORDER BY PurchaseDate LIMIT 1

-- name: decisional_months_anonymous_put
-- in: time now, time from, time until
{months_begin}, 0, 0, 0, :now, :now FROM DecisionWorkPurchase w
WHERE w.ContactId = 0 AND w.PurchaseDate >= :from AND w.PurchaseDate < :until {month_adds}

-- A contact counts once per brand and channel. Where its addresses of a brand differ, a refusal is
-- heard, and the state is that of the first address type with a value.
-- Contactable: opted in, not globally out, neither deceased (3) nor blocked (4), and the value
-- neither invalid (3) nor bouncing (4).
-- name: decisional_contactability_put
-- in: time now, int after_id, int last_id
INSERT INTO DecisionContactabilityNext (Channel, BrandId, ZoneId, Optin, StateId, Contacts,
	Contactable, CreationDate, ModificationDate)
SELECT x.Channel, x.BrandId, x.ZoneId,
	CASE x.optin WHEN 1 THEN 'Yes' WHEN 0 THEN 'No' ELSE 'Unknown' END AS said, x.state,
	COUNT(*), SUM(x.optin <=> 1 AND x.may = 1 AND x.state NOT IN (3, 4)), :now, :now
FROM (SELECT n.Channel, a.BrandId, COALESCE(c.ZoneId, 0) AS ZoneId, a.ContactId,
		MAX(COALESCE(c.GlobalOptin, 1) <> 0 AND COALESCE(c.ContactStateId, 1) NOT IN (3, 4))
			AS may,
		MIN(CASE n.Channel WHEN 'Email' THEN a.EmailOptin WHEN 'MobilePhone'
				THEN a.MobilePhoneOptin WHEN 'HomePhone' THEN a.HomePhoneOptin
				ELSE a.AddressOptin END) AS optin,
		MIN(a.ContactAddressTypeId * 10000000000
			+ COALESCE(CASE n.Channel WHEN 'Email' THEN a.EmailStateId WHEN
				'MobilePhone' THEN a.MobilePhoneStateId WHEN 'HomePhone' THEN
				a.HomePhoneStateId ELSE a.AddressStateId END,
				0))
			MOD 10000000000 AS state
	FROM (SELECT 'Email' AS Channel UNION ALL SELECT 'MobilePhone'
		UNION ALL SELECT 'HomePhone' UNION ALL SELECT 'Address') n
		JOIN DecisionWorkAddress a JOIN DecisionWorkContact c ON c.ContactId = a.ContactId
	WHERE a.ContactId > :after_id AND a.ContactId <= :last_id
		AND CASE n.Channel WHEN 'Email' THEN a.HasEmail WHEN 'MobilePhone'
			THEN a.HasMobilePhone WHEN 'HomePhone' THEN a.HasHomePhone
			ELSE a.HasAddress END = 1
	GROUP BY n.Channel, a.BrandId, c.ZoneId, a.ContactId) x
GROUP BY x.Channel, x.BrandId, x.ZoneId, said, x.state
ON DUPLICATE KEY UPDATE Contacts = Contacts + VALUES(Contacts),
	Contactable = Contactable + VALUES(Contactable)

-- A cohort's month.
-- part: cohorts_into
INSERT INTO DecisionCohortNext (CohortMonth, Month, MonthNumber, CohortContacts, ActiveContacts,
	Retention, Purchases, RefAmount, CreationDate, ModificationDate)

-- name: decisional_cohorts_put
-- in: time now, int after_id, int last_id, text first_month
{cohorts_into}
SELECT c.FirstPurchaseMonth, p.Month, TIMESTAMPDIFF(MONTH, c.FirstPurchaseMonth, p.Month), 0,
	COUNT(DISTINCT p.ContactId), 0, COUNT(*), COALESCE(SUM(p.RefAmount), 0), :now, :now
FROM DecisionContactNext c JOIN DecisionWorkPurchase p ON p.ContactId = c.ContactId
WHERE c.ContactId > :after_id AND c.ContactId <= :last_id AND c.FirstPurchaseMonth >= :first_month
GROUP BY c.FirstPurchaseMonth, p.Month
ON DUPLICATE KEY UPDATE ActiveContacts = ActiveContacts + VALUES(ActiveContacts),
	Purchases = Purchases + VALUES(Purchases), RefAmount = RefAmount + VALUES(RefAmount)

-- Months in which nobody of a cohort bought are rows, too.
-- name: decisional_cohorts_fill
-- in: time now
{cohorts_into}
SELECT k.CohortMonth, m.Month, TIMESTAMPDIFF(MONTH, k.CohortMonth, m.Month), 0, 0, 0, 0, 0, :now,
	:now
FROM (SELECT DISTINCT CohortMonth FROM DecisionCohortNext) k
	JOIN DecisionWorkMonth m ON m.Month >= k.CohortMonth
WHERE NOT EXISTS (
	SELECT 1 FROM DecisionCohortNext x WHERE x.CohortMonth = k.CohortMonth AND x.Month = m.Month
	)

-- name: decisional_cohorts_set
UPDATE DecisionCohortNext x
	JOIN (SELECT CohortMonth, ActiveContacts FROM DecisionCohortNext WHERE MonthNumber = 0) z
		ON z.CohortMonth = x.CohortMonth
SET x.CohortContacts = z.ActiveContacts,
	x.Retention = ROUND(CAST(x.ActiveContacts AS DECIMAL(20,6)) / z.ActiveContacts, 6)

-- name: decisional_state_put
-- in: time now, text time_zone, text reference_currency, int contacts, int purchases
INSERT INTO DecisionStateNext (DecisionStateId, AsOf, TimeZone, ReferenceCurrencyId, Contacts,
	Purchases, CreationDate, ModificationDate)
VALUES (1, :now, :time_zone, :reference_currency, :contacts, :purchases, :now, :now)

-- A table made anew is hidden from transactions that are older: a reader whose snapshot is of the
-- time while it was filled gets an error that tells it to begin again,
-- not the part that was there then.
-- name: decisional_finish_state
ALTER TABLE DecisionStateNext WAIT 2 FORCE

-- name: decisional_finish_contacts
ALTER TABLE DecisionContactNext WAIT 2 FORCE, ADD KEY IF NOT EXISTS RfmSegment (RfmSegment)

-- name: decisional_finish_months
ALTER TABLE DecisionMonthNext WAIT 2 FORCE

-- name: decisional_finish_contactability
ALTER TABLE DecisionContactabilityNext WAIT 2 FORCE

-- name: decisional_finish_cohorts
ALTER TABLE DecisionCohortNext WAIT 2 FORCE

-- All at once. Readers are waited for, and new ones behind it wait as well: so it gives up soon and
-- is tried again.
-- name: decisional_swap
RENAME TABLE DecisionState WAIT 2 TO DecisionStateOld, DecisionStateNext TO DecisionState,
	DecisionStateOld TO DecisionStateNext, DecisionContact TO DecisionContactOld,
	DecisionContactNext TO DecisionContact, DecisionContactOld TO DecisionContactNext,
	DecisionMonth TO DecisionMonthOld, DecisionMonthNext TO DecisionMonth,
	DecisionMonthOld TO DecisionMonthNext, DecisionContactability TO DecisionContactabilityOld,
	DecisionContactabilityNext TO DecisionContactability,
	DecisionContactabilityOld TO DecisionContactabilityNext,
	DecisionCohort TO DecisionCohortOld, DecisionCohortNext TO DecisionCohort,
	DecisionCohortOld TO DecisionCohortNext

-- ------------------------------------------------------------------ currency rates
-- (store/store_rate.c; in the tenant's database)

-- name: rate_put
-- in: text currency_id, time valid_from, text rate, time now
INSERT INTO CurrencyRate (CurrencyId, ValidFrom, Rate, CreationDate, ModificationDate)
VALUES (:currency_id, :valid_from, :rate, :now, :now)
ON DUPLICATE KEY UPDATE ModificationDate =
	CASE WHEN Rate = VALUES(Rate) THEN ModificationDate ELSE VALUES(ModificationDate) END,
	Rate = VALUES(Rate)

-- name: rate_remove
-- in: text currency_id, time valid_from
DELETE FROM CurrencyRate WHERE CurrencyId = ? AND ValidFrom = ?

-- name: rate_list
-- in: text currency_id, time before, int limit
-- out: text currency_id, time valid_from, text rate, time modified_at
SELECT CurrencyId, ValidFrom, CAST(Rate AS CHAR), ModificationDate FROM CurrencyRate
WHERE CurrencyId = COALESCE(?, CurrencyId) AND ValidFrom < COALESCE(?, '9999-12-31')
ORDER BY CurrencyId, ValidFrom DESC LIMIT ?

-- ------------------------------------------------------------------ labels (store/store_label.c;
-- in the tenant's database)

-- name: label_find
-- in: text kind, text word, int source_id
-- out: int source_id, text id
SELECT source_id, id FROM api_label WHERE kind = ? AND word = ? AND source_id IN (0, ?)

-- name: label_put
-- in: text kind, text word, int source_id, text id, text label, time modified_at
INSERT INTO api_label (kind, word, source_id, id, label, modified_at) VALUES (?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE id = VALUES(id), label = VALUES(label), modified_at = VALUES(modified_at)

-- name: label_remove
-- in: text kind, text word, int source_id
DELETE FROM api_label WHERE kind = ? AND word = ? AND source_id = ? AND source_id > 0

-- name: label_list
-- in: int source_first, int source_last, text kind, text after, int limit
-- out: text kind, int source_id, text label, text word, text id, text language, time modified_at
SELECT kind, source_id, label, word, id, language, modified_at FROM api_label
WHERE source_id BETWEEN :source_first AND :source_last AND (:kind IS NULL OR kind = :kind)
	AND word > :after
ORDER BY kind, word, source_id LIMIT :limit

-- ------------------------------------------------------------------ amounts before discount
-- (store/correct_amounts.c; in the tenant's database but for correct_messages)
-- A line of an earlier version: one whose Identifier does not end with "/" and its SKU, "#"
-- doubled, perhaps shortened, perhaps with "#2" behind it, as platform_magento_line.c names lines.
-- foreign_lines: of purchases that the Magento connector cannot have sent, for it puts
-- PurchaseReference in front of PurchaseIdentifier.

-- What was received and done, in the order of its index.
-- name: correct_messages
-- in: int tenant_id, time after_at, int after_id, int limit
-- out: time visible_at, int id, int source_id, int is_magento, int kind
SELECT visible_at, id, COALESCE(source_id, 0), platform = 'Magento', kind
FROM {registry}.api_message
WHERE tenant_id = :tenant_id AND phase = {MESSAGE_DONE} AND visible_at >= :after_at
	AND (visible_at > :after_at OR id > :after_id)
ORDER BY visible_at, id LIMIT :limit

-- What the identifier of a line ends with when its product's code is part of it.
-- part: sku_suffix
CONCAT('/', REPLACE(COALESCE(d.Sku, ''), '#', '##'))

-- How long that is.
-- part: sku_bytes
CHAR_LENGTH(REPLACE(COALESCE(d.Sku, ''), '#', '##')) + 1

-- A line of a product: its identifier does not end with the product's code or a fingerprint.
-- part: is_product_line
RIGHT(d.Identifier, {sku_bytes}) <> {sku_suffix}
	AND RIGHT(REGEXP_REPLACE(d.Identifier, '#[0-9]+$', ''), {sku_bytes}) <> {sku_suffix}
	AND NOT d.Identifier REGEXP '~[0-9a-f]{32}(#[0-9]+|)$'

-- Lines of a chunk, with their purchases.
-- part: lines_of_chunk
FROM PurchaseDetail d JOIN PurchaseHeader h ON h.PurchaseHeaderId = d.PurchaseHeaderId
WHERE d.PurchaseDetailId > ? AND d.PurchaseDetailId <= ?

-- name: correct_sources
-- in: int after_id, int last_id
-- out: int source_id, int lines, int foreign_lines
SELECT h.SourceId, COUNT(*),
	CAST(SUM(COALESCE(LEFT(h.PurchaseIdentifier, CHAR_LENGTH(h.PurchaseReference)) <>
				h.PurchaseReference COLLATE utf8mb4_nopad_bin,
				0)) AS SIGNED) {lines_of_chunk}
		AND d.DiscountAmount <> 0 AND d.Amount IS NOT NULL AND {is_product_line}
GROUP BY h.SourceId

-- name: correct_line_last
-- in: int after_id, int chunk
-- out: int last_id
SELECT PurchaseDetailId FROM PurchaseDetail WHERE PurchaseDetailId > ? ORDER BY PurchaseDetailId
LIMIT 1 OFFSET ?

-- name: correct_line_max
-- out: int last_id
SELECT PurchaseDetailId FROM PurchaseDetail ORDER BY PurchaseDetailId DESC LIMIT 1

-- name: correct_lines
-- in: int after_id, int last_id, int source_id
-- out: int purchase_detail_id, text amount, text tax_free, text discount
SELECT d.PurchaseDetailId, CAST(d.Amount AS CHAR), CAST(COALESCE(d.TaxFreeAmount, 0) AS CHAR),
	CAST(d.DiscountAmount AS CHAR) {lines_of_chunk} AND h.SourceId = ? AND d.DiscountAmount <> 0
		AND d.Amount IS NOT NULL
		AND COALESCE(LEFT(h.PurchaseIdentifier, CHAR_LENGTH(h.PurchaseReference)) =
			h.PurchaseReference COLLATE utf8mb4_nopad_bin,
			1)
		AND {is_product_line}
ORDER BY d.PurchaseDetailId FOR UPDATE

-- name: correct_line_set
-- in: text amount, text tax_free, text discount, time modified_at, int purchase_detail_id
UPDATE PurchaseDetail
SET Amount = ?, TaxFreeAmount = IF(TaxFreeAmount IS NULL, NULL, ?), DiscountAmount = ?,
	ModificationDate = ?
WHERE PurchaseDetailId = ?

-- name: correction_get
-- in: text correction, int source_id
-- out: int state, int seen_to, int changed
SELECT state, seen_to, changed FROM api_correction WHERE correction = ? AND source_id = ? FOR UPDATE

-- name: correction_put
-- in: text correction, int source_id, int state, time decided_at, time ended_at
INSERT INTO api_correction (correction, source_id, state, decided_at, ended_at)
VALUES (?, ?, ?, ?, ?)

-- name: correction_decide
-- in: int state, time decided_at, time ended_at, text correction, int source_id
UPDATE api_correction SET state = ?, decided_at = ?, ended_at = ?
WHERE correction = ? AND source_id = ? AND state = {CORRECTION_WAITING}

-- name: correction_step
-- in: int seen_to, int changed, text correction, int source_id, int after
UPDATE api_correction SET seen_to = ?, changed = changed + ?
WHERE correction = ? AND source_id = ? AND state = {CORRECTION_RUNNING} AND seen_to = ?

-- name: correction_end
-- in: time ended_at, text correction, int source_id
UPDATE api_correction SET state = {CORRECTION_DONE}, ended_at = ?
WHERE correction = ? AND source_id = ? AND state = {CORRECTION_RUNNING}

-- name: correction_list
-- in: text correction, int state
-- out: int source_id
SELECT source_id FROM api_correction WHERE correction = ? AND state = ? ORDER BY source_id

-- name: rate_currencies
-- out: text currency_id
SELECT CurrencyId FROM Currency WHERE DeletionFlag = 0

-- name: rate_count
-- in: time now
-- out: int rates, int changed
SELECT COUNT(*), CAST(COALESCE(SUM(ModificationDate = ?), 0) AS SIGNED) FROM CurrencyRate

-- name: rate_currency_known
-- in: text currency_id
-- out: int known
SELECT COUNT(*) FROM Currency WHERE CurrencyId = ? AND DeletionFlag = 0

-- ------------------------------------------------------------------ tick
-- (store/schedule/store_tick.c)

-- name: tick_put
-- in: text kind, time seen_at
INSERT INTO {registry}.api_tick (kind, seen_at) VALUES (?, ?)
ON DUPLICATE KEY UPDATE seen_at = VALUES(seen_at)

-- name: ticks
-- in: time now
-- out: text kind, time seen_at, int age_s
SELECT kind, seen_at, GREATEST(TIMESTAMPDIFF(SECOND, seen_at, ?), 0) FROM {registry}.api_tick
ORDER BY kind

-- ------------------------------------------------------------------ admin: the registry's rows
-- (store/registry/store_admin.c)

-- name: admin_customer_add
-- in: text name, text label, time created_at
INSERT INTO {registry}.api_customer (name, label, created_at) VALUES (?, ?, ?)

-- name: admin_customer_find
-- in: text name
-- out: int customer_id
SELECT customer_id FROM {registry}.api_customer WHERE name = ?

-- name: admin_customers
-- out: text name, text label, int aliases, time created_at
SELECT c.name, c.label,
	(SELECT COUNT(*) FROM {registry}.api_alias a WHERE a.customer_id = c.customer_id),
	c.created_at
FROM {registry}.api_customer c ORDER BY c.name

-- What an alias is made of.
-- part: alias_columns
customer_id, name, database_name, socket, host, port, db_user, reference_currency, time_zone,
	zone_id, brand_id, address_type_id, admin_email

-- name: admin_alias_add
-- in: int customer_id, text name, text database_name, text socket, text host, int port
-- in: text db_user, text reference_currency, text time_zone, int zone_id
-- in: int brand_id, int address_type_id, text admin_email, bytes database_uid, int shared
-- in: int reply_to, time created_at
INSERT INTO {registry}.api_alias ({alias_columns}, database_uid, shared, reply_to, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: admin_alias_lock
-- in: int alias_id
-- out: int customer_id, text name, text database_name, text socket, text host, int port
-- out: text db_user, text reference_currency, text time_zone, int zone_id, int brand_id
-- out: int address_type_id, text admin_email, bytes database_uid, int shared, int enabled
-- out: time disabled_at, int reply_to
SELECT {alias_columns}, database_uid, shared, enabled, disabled_at, reply_to
FROM {registry}.api_alias WHERE alias_id = ? FOR UPDATE

-- name: admin_alias_update
-- in: text database_name, text socket, text host, int port, text db_user, text reference_currency
-- in: text time_zone, int zone_id, int brand_id, int address_type_id
-- in: text admin_email, bytes database_uid, int shared, int enabled, time disabled_at
-- in: int reply_to, int alias_id
UPDATE {registry}.api_alias
SET database_name = ?, socket = ?, host = ?, port = ?, db_user = ?, reference_currency = ?,
	time_zone = ?, zone_id = ?, brand_id = ?, address_type_id = ?, admin_email = ?,
	database_uid = ?, shared = ?, enabled = ?, disabled_at = ?, reply_to = ?
WHERE alias_id = ?

-- Whoever adds something to an alias sees to it that it is not removed meanwhile.
-- name: admin_alias_hold
-- in: int alias_id
-- out: int alias_id
SELECT alias_id FROM {registry}.api_alias WHERE alias_id = ? LOCK IN SHARE MODE

-- name: admin_alias_password
-- in: bytes sealed, int alias_id
UPDATE {registry}.api_alias SET db_password_sealed = ? WHERE alias_id = ?

-- name: admin_tenant_queue_add
-- in: int tenant_id, time served_at
INSERT INTO {registry}.api_tenant_queue (tenant_id, served_at) VALUES (?, ?)
ON DUPLICATE KEY UPDATE tenant_id = tenant_id

-- name: admin_aliases
-- in: text customer
-- out: text customer, text alias, text database_name, text server, text reference_currency
-- out: text time_zone, int zone_id, int brand_id, int address_type_id
-- out: text admin_email, int enabled, time created_at
SELECT c.name, a.name, a.database_name,
	CASE WHEN a.socket <> '' THEN a.socket WHEN a.host <> ''
		THEN CONCAT(a.host, ':', a.port) ELSE '' END,
	{alias_defaults}, a.admin_email, a.enabled, a.created_at
FROM {tenants} WHERE c.name = COALESCE(?, c.name) ORDER BY c.name, a.name

-- name: admin_time_zones
-- out: text time_zone
SELECT DISTINCT time_zone FROM {registry}.api_alias LIMIT 2

-- name: admin_alias_counts
-- in: int alias_id
-- out: int users, int tokens, int sources, int patterns
SELECT (SELECT COUNT(*) FROM {registry}.api_user u WHERE u.alias_id = a.alias_id),
	(SELECT COUNT(*) FROM {registry}.api_token t
		WHERE t.alias_id = a.alias_id AND t.revoked_at IS NULL),
	(SELECT COUNT(*) FROM {registry}.api_source s WHERE s.alias_id = a.alias_id),
	(SELECT COUNT(*) FROM {registry}.api_mail_allow m WHERE m.alias_id = a.alias_id)
FROM {registry}.api_alias a WHERE a.alias_id = ?

-- name: admin_user_add
-- in: int alias_id, text login, text password_hash, text rights, text allow_ips, time created_at
INSERT INTO {registry}.api_user (alias_id, login, password_hash, rights, allow_ips, created_at)
VALUES (?, ?, ?, ?, ?, ?)

-- name: admin_user_lock
-- in: int alias_id, text login
-- out: int user_id, text login, text password_hash, text rights, text allow_ips, int enabled
SELECT user_id, login, password_hash, rights, allow_ips, enabled FROM {registry}.api_user
WHERE alias_id = ? AND login = ? FOR UPDATE

-- name: admin_user_update
-- in: text password_hash, text rights, text allow_ips, int enabled, int user_id
UPDATE {registry}.api_user SET password_hash = ?, rights = ?, allow_ips = ?, enabled = ?
WHERE user_id = ?

-- name: admin_user_zones_clear
-- in: int user_id
DELETE FROM {registry}.api_user_zone WHERE user_id = ?

-- name: admin_user_brands_clear
-- in: int user_id
DELETE FROM {registry}.api_user_brand WHERE user_id = ?

-- name: admin_user_zone_add
-- in: int user_id, int zone_id
INSERT INTO {registry}.api_user_zone (user_id, zone_id) VALUES (?, ?)

-- name: admin_user_brand_add
-- in: int user_id, int brand_id
INSERT INTO {registry}.api_user_brand (user_id, brand_id) VALUES (?, ?)

-- name: admin_user_delete
-- in: int user_id
DELETE FROM {registry}.api_user WHERE user_id = ?

-- name: admin_users
-- in: int alias_id
-- out: text login, text rights, text zones, text brands, text allow_ips, int enabled
-- out: time created_at
SELECT u.login, u.rights,
	(SELECT GROUP_CONCAT(z.zone_id ORDER BY z.zone_id) FROM {registry}.api_user_zone z
		WHERE z.user_id = u.user_id),
	(SELECT GROUP_CONCAT(b.brand_id ORDER BY b.brand_id) FROM {registry}.api_user_brand b
		WHERE b.user_id = u.user_id),
	u.allow_ips, u.enabled, u.created_at
FROM {registry}.api_user u WHERE u.alias_id = ? ORDER BY u.login

-- name: admin_token_add
-- in: int alias_id, int user_id, bytes token_hash, text label, text rights, time created_at
-- in: time expires_at
INSERT INTO {registry}.api_token (alias_id, user_id, token_hash, label, rights, created_at,
	expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: admin_tokens
-- in: int alias_id
-- out: int token_id, text label, text login, text rights, time created_at, time expires_at
-- out: time revoked_at
SELECT t.token_id, t.label, u.login, t.rights, t.created_at, t.expires_at, t.revoked_at
FROM {registry}.api_token t LEFT JOIN {registry}.api_user u ON u.user_id = t.user_id
WHERE t.alias_id = ? ORDER BY t.token_id

-- name: admin_token_revoke
-- in: time revoked_at, int token_id, int alias_id
UPDATE {registry}.api_token SET revoked_at = COALESCE(revoked_at, ?)
WHERE token_id = ? AND alias_id = ?

-- name: admin_token_lock
-- in: time now, int token_id, int alias_id
-- out: int is_valid
SELECT revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) FROM {registry}.api_token
WHERE token_id = ? AND alias_id = ? FOR UPDATE

-- name: admin_token_delete
-- in: int token_id, int alias_id
DELETE FROM {registry}.api_token WHERE token_id = ? AND alias_id = ?

-- name: admin_source_add
-- in: int alias_id, int source_id, text label, text scheme, text sig_header, text sig_hash
-- in: text sig_encoding, text sig_prefix, int sig_tolerance_s
-- in: text shop_domain, bytes key_hash, int is_open, text may_write, text open_ips
-- in: int test_orders, int content_dedup_s, int timestamp_tolerance_s, int enabled, text zones
-- in: text brands, time created_at
INSERT INTO {registry}.api_source (alias_id, source_id, label, scheme, sig_header, sig_hash,
	sig_encoding, sig_prefix, sig_tolerance_s, shop_domain, key_hash, is_open, may_write,
	open_ips, test_orders, content_dedup_s, timestamp_tolerance_s, enabled, zones, brands,
	created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: admin_source_update
-- in: text label, text scheme, text sig_header, text sig_hash, text sig_encoding, text sig_prefix
-- in: int sig_tolerance_s
-- in: text shop_domain, bytes key_hash, int is_open, text may_write, text open_ips
-- in: int test_orders, int content_dedup_s, int timestamp_tolerance_s, int enabled, text zones
-- in: text brands, int api_source_id
UPDATE {registry}.api_source
SET label = ?, scheme = ?, sig_header = ?, sig_hash = ?, sig_encoding = ?, sig_prefix = ?,
	sig_tolerance_s = ?, shop_domain = ?, key_hash = ?, is_open = ?, may_write = ?,
	open_ips = ?, test_orders = ?, content_dedup_s = ?, timestamp_tolerance_s = ?, enabled = ?,
	zones = ?, brands = ?
WHERE api_source_id = ?

-- How many secrets a Source has.
-- part: secret_count
(SELECT COUNT(*) FROM {registry}.api_source_secret x WHERE x.api_source_id = s.api_source_id)

-- name: admin_source_lock
-- in: int alias_id, int source_id
-- out: int api_source_id, text label, text scheme, text sig_header, text sig_hash
-- out: text sig_encoding, text sig_prefix, int sig_tolerance_s, text shop_domain
-- out: bytes key_hash, int is_open, text open_ips, int test_orders, int content_dedup_s
-- out: int timestamp_tolerance_s, int enabled, int secrets, text may_write, text zones
-- out: text brands
SELECT s.api_source_id, s.label, s.scheme, s.sig_header, s.sig_hash, s.sig_encoding, s.sig_prefix,
	s.sig_tolerance_s, s.shop_domain, s.key_hash, s.is_open, s.open_ips, s.test_orders,
	s.content_dedup_s, s.timestamp_tolerance_s, s.enabled,
	{secret_count}, s.may_write, s.zones, s.brands
FROM {registry}.api_source s WHERE s.alias_id = ? AND s.source_id = ? FOR UPDATE

-- name: admin_sources
-- in: int alias_id
-- out: int source_id, text label, text scheme, int secrets, int has_key, int is_open
-- out: text open_ips, text may_write, text zones, text brands, text shop_domain, int test_orders
-- out: int content_dedup_s, int timestamp_tolerance_s, int enabled
SELECT s.source_id, s.label, s.scheme, {secret_count}, s.key_hash IS NOT NULL, s.is_open,
	s.open_ips, s.may_write, s.zones, s.brands,
	s.shop_domain, s.test_orders, s.content_dedup_s, s.timestamp_tolerance_s, s.enabled
FROM {registry}.api_source s WHERE s.alias_id = ? ORDER BY s.source_id

-- name: admin_source_delete
-- in: int api_source_id
DELETE FROM {registry}.api_source WHERE api_source_id = ?

-- name: admin_source_secret_add
-- in: int api_source_id, bytes sealed, time created_at
INSERT INTO {registry}.api_source_secret (api_source_id, sealed, created_at) VALUES (?, ?, ?)

-- name: admin_source_secrets_delete
-- in: int api_source_id
DELETE FROM {registry}.api_source_secret WHERE api_source_id = ?

-- name: admin_mail_allow_add
-- in: int alias_id, text pattern, time created_at
INSERT INTO {registry}.api_mail_allow (alias_id, pattern, created_at) VALUES (?, ?, ?)

-- name: admin_mail_allow_list
-- in: int alias_id
-- out: text pattern, time created_at
SELECT pattern, created_at FROM {registry}.api_mail_allow WHERE alias_id = ? ORDER BY pattern

-- name: admin_mail_allow_remove
-- in: int alias_id, text pattern
DELETE FROM {registry}.api_mail_allow WHERE alias_id = ? AND pattern = ?

-- ------------------------------------------------------ admin: removing
-- (store/registry/store_removal.c)
-- A row for each kind of which there is something: how many, and the first of them by name.

-- The first of them, in a row.
-- part: first_five
GROUP_CONCAT($1 ORDER BY $1 SEPARATOR ', ' LIMIT 5)

-- name: removal_of_user
-- in: int user_id
-- out: text kind, int n, text first_ones
SELECT 'tokens', COUNT(*), {first_five:token_id}
FROM {registry}.api_token WHERE user_id = ? AND revoked_at IS NULL HAVING COUNT(*) > 0

-- A tenant's messages that wait or are being processed.
-- part: messages_open
FROM {registry}.api_message FORCE INDEX (claim) WHERE tenant_id = :tenant_id AND {open}

-- name: removal_of_source
-- in: int tenant_id, int source_id
-- out: text kind, int n, text first_ones
SELECT 'messages', COUNT(*), '' {messages_open} AND source_id = :source_id
HAVING COUNT(*) > 0
UNION ALL SELECT 'requests', COUNT(*), {first_five:privacy_id}
FROM {registry}.api_privacy
WHERE tenant_id = :tenant_id AND state = {REQUEST_OPEN} AND source_id = :source_id
HAVING COUNT(*) > 0
UNION ALL SELECT 'connections', COUNT(*), {first_five:name} FROM {registry}.api_connection
WHERE tenant_id = :tenant_id AND source_id = :source_id
HAVING COUNT(*) > 0

-- The pattern of an alias.
-- part: whose_pattern
(SELECT CAST(:pattern AS CHAR(254)) COLLATE utf8mb4_unicode_520_ci AS pattern,
		CAST(:alias_id AS UNSIGNED) AS alias) w

-- What else lets mail of the alias through.
-- part: other_patterns
SELECT 1 FROM {registry}.api_mail_allow p
WHERE p.alias_id = w.alias AND p.pattern <> w.pattern AND p.pattern

-- The patterns that let an address through: itself, and its domain.
-- part: recipient_patterns
(r.address COLLATE utf8mb4_unicode_520_ci,
	CONCAT('@', SUBSTRING_INDEX(r.address, '@', -1)) COLLATE utf8mb4_unicode_520_ci)

-- part: failure_patterns
(s.on_failure, CONCAT('@', SUBSTRING_INDEX(s.on_failure, '@', -1)))

-- Mails that wait for somebody whom no other entry allows; and messages that will mail to whom
-- this one allows. pattern: an address, or a domain behind @. And schedules that tell of failures
-- to whom no other entry allows.
-- name: removal_of_pattern
-- in: text pattern, int alias_id
-- out: text kind, int n, text first_ones
SELECT 'mails', COUNT(DISTINCT o.mail_id),
	GROUP_CONCAT(DISTINCT o.mail_id ORDER BY o.mail_id SEPARATOR ', ' LIMIT 5)
FROM {whose_pattern}
	JOIN {registry}.api_mail o FORCE INDEX (due) ON o.state IN ({MAIL_READY}, {MAIL_LEASED})
	AND o.tenant_id = w.alias AND o.kind IN ({MAIL_WEBHOOK}, {MAIL_DIGEST})
	JOIN {registry}.api_mail_recipient r ON r.mail_id = o.mail_id AND r.state = {RECIPIENT_OPEN}
	AND w.pattern IN {recipient_patterns}
WHERE NOT EXISTS ({other_patterns} IN {recipient_patterns})
HAVING COUNT(DISTINCT o.mail_id) > 0
UNION ALL SELECT 'notices', COUNT(*),
	GROUP_CONCAT(s.schedule_id ORDER BY s.schedule_id SEPARATOR ', ' LIMIT 5)
FROM {whose_pattern} JOIN {registry}.api_schedule s ON s.tenant_id = w.alias
	AND s.deleted_at IS NULL AND s.on_failure <> ''
	AND w.pattern IN {failure_patterns}
WHERE NOT EXISTS ({other_patterns} IN {failure_patterns})
HAVING COUNT(*) > 0

-- name: removal_of_pattern_messages
-- in: text pattern, int alias_id
-- out: text kind, int n, text first_ones
SELECT 'messages', COUNT(*), ''
FROM (SELECT CAST(? AS CHAR(254)) COLLATE utf8mb4_unicode_520_ci AS pattern,
		CAST(? AS UNSIGNED) AS alias) w
	JOIN {registry}.api_message m FORCE INDEX (claim) ON m.tenant_id = w.alias
	AND m.{open} AND m.email <> ''
	AND LOCATE(CONCAT(CASE WHEN LEFT(w.pattern, 1) = '@' THEN '' ELSE ',' END, w.pattern, ','),
		CONCAT(',', REPLACE(m.email, ' ', ''), ',')) > 0
HAVING COUNT(*) > 0

-- name: removal_of_customer
-- in: int customer_id
-- out: text kind, int n, text first_ones
SELECT 'aliases', COUNT(*), {first_five:name}
FROM {registry}.api_alias WHERE customer_id = ? HAVING COUNT(*) > 0

-- name: removal_of_alias
-- in: int tenant_id
-- out: text kind, int n, text first_ones
SELECT 'users' AS kind, COUNT(*) AS n,
	{first_five:login} COLLATE utf8mb4_unicode_520_ci AS first_ones
FROM {registry}.api_user WHERE alias_id = :tenant_id HAVING n > 0
UNION ALL SELECT 'tokens', COUNT(*) AS n, {first_five:token_id}
FROM {registry}.api_token WHERE alias_id = :tenant_id AND revoked_at IS NULL HAVING n > 0
UNION ALL SELECT 'sources', COUNT(*) AS n, {first_five:source_id}
FROM {registry}.api_source WHERE alias_id = :tenant_id HAVING n > 0
UNION ALL SELECT 'patterns', COUNT(*) AS n, {first_five:pattern}
FROM {registry}.api_mail_allow WHERE alias_id = :tenant_id HAVING n > 0
UNION ALL SELECT 'schedules', COUNT(*) AS n, {first_five:schedule_id}
FROM {registry}.api_schedule WHERE tenant_id = :tenant_id AND deleted_at IS NULL HAVING n > 0
UNION ALL SELECT 'runs', COUNT(*) AS n, {first_five:run_id}
FROM {registry}.api_run WHERE tenant_id = :tenant_id AND state IN ({RUN_WAITING}, {RUN_RUNNING})
HAVING n > 0
UNION ALL SELECT 'messages', COUNT(*) AS n, '' {messages_open} HAVING n > 0
UNION ALL SELECT 'mails', COUNT(*) AS n, {first_five:mail_id}
FROM {registry}.api_mail FORCE INDEX (due)
WHERE tenant_id = :tenant_id AND state IN ({MAIL_READY}, {MAIL_LEASED}) HAVING n > 0
UNION ALL SELECT 'requests', COUNT(*) AS n, {first_five:privacy_id}
FROM {registry}.api_privacy WHERE tenant_id = :tenant_id AND state = {REQUEST_OPEN} HAVING n > 0

-- What is over and done with; it goes with the alias.
-- name: removal_history
-- in: int tenant_id
-- out: text kind, int n, text first_ones
SELECT 'messages' AS kind, COUNT(*) AS n, '' AS first_ones FROM {registry}.api_message
WHERE tenant_id = :tenant_id AND state NOT IN ({MESSAGE_READY}, {MESSAGE_LEASED}) HAVING n > 0
UNION ALL SELECT 'mails', COUNT(*) AS n, '' FROM {registry}.api_mail
WHERE tenant_id = :tenant_id AND state NOT IN ({MAIL_READY}, {MAIL_LEASED}) HAVING n > 0
UNION ALL SELECT 'runs', COUNT(*) AS n, '' FROM {registry}.api_run
WHERE tenant_id = :tenant_id AND state NOT IN ({RUN_WAITING}, {RUN_RUNNING}) HAVING n > 0

-- Runs and messages that are at work on the tenant's database at this moment.
-- name: removal_at_work
-- in: int tenant_id
-- out: text kind, int n, text first_ones
SELECT 'runs' AS kind, COUNT(*) AS n,
	{first_five:run_id} AS first_ones
FROM {registry}.api_run WHERE tenant_id = :tenant_id AND state = {RUN_RUNNING} HAVING n > 0
UNION ALL SELECT 'messages', COUNT(*) AS n, '' FROM {held} WHERE l.tenant_id = :tenant_id
HAVING n > 0

-- name: removal_of_admin_email
-- in: int tenant_id
-- out: text kind, int n, text first_ones
SELECT 'alarms', COUNT(*), {first_five:schedule_id}
FROM {registry}.api_schedule WHERE tenant_id = ? AND deleted_at IS NULL AND silence_h IS NOT NULL
HAVING COUNT(*) > 0

-- In the tenant's database.
-- name: removal_of_currency
-- out: text kind, int n, text first_ones
SELECT 'rates', COUNT(*),
	GROUP_CONCAT(DISTINCT CurrencyId ORDER BY CurrencyId SEPARATOR ', ' LIMIT 5)
FROM CurrencyRate HAVING COUNT(*) > 0

-- name: removal_left
-- out: int contacts, int purchases
SELECT (SELECT COUNT(*) FROM Contact), (SELECT COUNT(*) FROM PurchaseHeader)

-- name: removal_runs
-- in: int tenant_id, int limit
DELETE FROM {registry}.api_run WHERE tenant_id = ? AND state NOT IN ({RUN_WAITING}, {RUN_RUNNING})
ORDER BY run_id LIMIT ?

-- Digests and texts, and what is left of others.
-- name: removal_mails
-- in: int tenant_id
{mails_delete} WHERE o.tenant_id = ? AND o.state NOT IN ({MAIL_READY}, {MAIL_LEASED})

-- name: removal_schedules
-- in: int tenant_id
DELETE FROM {registry}.api_schedule WHERE tenant_id = ? AND deleted_at IS NOT NULL

-- name: removal_tokens
-- in: int alias_id
DELETE FROM {registry}.api_token WHERE alias_id = ?

-- name: removal_seen
-- in: int alias_id
DELETE FROM {registry}.api_seen WHERE alias_id = ?

-- name: removal_connections
-- in: int tenant_id
DELETE FROM {registry}.api_connection WHERE tenant_id = ?

-- name: removal_quota
-- in: int tenant_id
DELETE FROM {registry}.api_quota WHERE tenant_id = ?

-- Deletes the rows that the table $1 has of a Source.
-- part: source_quota
DELETE q
FROM {registry}.api_source s JOIN {registry}.$1 q ON q.tenant_id = s.alias_id
	AND q.source_id = s.source_id
WHERE s.api_source_id = ?

-- name: removal_quota_of_source
-- in: int api_source_id
{source_quota:api_quota}

-- name: removal_quota_own
-- in: int tenant_id
DELETE FROM {registry}.api_quota_own WHERE tenant_id = ?

-- name: removal_quota_own_of_source
-- in: int api_source_id
{source_quota:api_quota_own}

-- name: removal_refusals
-- in: int alias_id
DELETE FROM {registry}.api_refusal WHERE alias_id = ?

-- name: removal_refusals_of_source
-- in: int api_source_id
DELETE r
FROM {registry}.api_source s JOIN {registry}.api_refusal r ON r.alias_id = s.alias_id
	AND r.source_id = s.source_id
WHERE s.api_source_id = ?

-- name: removal_retention
-- in: int tenant_id
DELETE FROM {registry}.api_retention WHERE tenant_id = ?

-- name: removal_leases
-- in: int tenant_id
DELETE FROM {registry}.api_lease WHERE tenant_id = ?

-- name: removal_queue
-- in: int tenant_id
DELETE FROM {registry}.api_tenant_queue WHERE tenant_id = ?

-- name: removal_alias
-- in: int alias_id
DELETE FROM {registry}.api_alias WHERE alias_id = ? AND enabled = 0

-- name: removal_customer
-- in: int customer_id
DELETE FROM {registry}.api_customer WHERE customer_id = ?

-- ------------------------------------------------------------------ connections
-- (store/connection/store_connection.c)

-- part: connection_said
tenant_id, name, kind, address, source_id, zone_id, brand_id, address_type_id, time_zone, enabled,
	options

-- part: connection
-- out: int connection_id, int tenant_id, text name, text kind, text address, int source_id
-- out: int zone_id, int brand_id, int address_type_id, text time_zone, int enabled, text options
-- out: bytes secrets, text secret_names, time created_at, time modified_at, time last_success_at
-- out: time last_failure_at, text last_failure, time tested_at, text test_failure
connection_id, {connection_said}, secrets, secret_names, created_at, modified_at,
	last_success_at, last_failure_at, last_failure, tested_at, test_failure

-- part: connections
SELECT {connection} FROM {registry}.api_connection WHERE tenant_id = ?

-- name: connection_find
-- in: int tenant_id, text name
-- out: {connection}
{connections} AND name = ?

-- Locked, for whoever changes it. 1062 of connection_add says that another was quicker.
-- name: connection_lock
-- in: int tenant_id, text name
-- out: {connection}
{connections} AND name = ? FOR UPDATE

-- name: connection_list
-- in: int tenant_id, text after, int limit
-- out: {connection}
{connections} AND name > ? ORDER BY name LIMIT ?

-- name: connection_count
-- in: int tenant_id
-- out: int n
SELECT COUNT(*) FROM {registry}.api_connection WHERE tenant_id = ?

-- name: connection_source
-- in: int tenant_id, int source_id
-- out: int api_source_id
SELECT api_source_id FROM {registry}.api_source WHERE alias_id = ? AND source_id = ?

-- name: connection_add
-- in: int tenant_id, text name, text kind, text address, int source_id, int zone_id, int brand_id
-- in: int address_type_id, text time_zone, int enabled, text options, time now
INSERT INTO {registry}.api_connection ({connection_said}, created_at, modified_at)
VALUES (:tenant_id, :name, :kind, :address, :source_id, :zone_id, :brand_id, :address_type_id,
	:time_zone, :enabled, :options, :now, :now)

-- name: connection_set
-- in: text address, int source_id, int zone_id, int brand_id, int address_type_id, text time_zone
-- in: int enabled, text options, time now, int connection_id
UPDATE {registry}.api_connection
SET address = ?, source_id = ?, zone_id = ?, brand_id = ?, address_type_id = ?, time_zone = ?,
	enabled = ?, options = ?, modified_at = ?
WHERE connection_id = ?

-- name: connection_seal
-- in: bytes secrets, text secret_names, int connection_id
UPDATE {registry}.api_connection SET secrets = ?, secret_names = ? WHERE connection_id = ?

-- The connection that the JSON $1 names.
-- part: connection_named
LOWER(COALESCE(JSON_VALUE($1, '$.Connection'), JSON_VALUE($1, '$.Drop')))

-- Schedules whose parameters name it, and connections whose files come by it.
-- name: connection_dependents
-- in: int tenant_id, text name
-- out: text kind, int n, text first_ones
SELECT 'schedules' AS kind, COUNT(*) AS n,
	{first_five:schedule_id} COLLATE utf8mb4_unicode_520_ci AS first_ones
FROM {registry}.api_schedule
WHERE tenant_id = :tenant_id AND deleted_at IS NULL
	AND {connection_named:parameters} = LOWER(:name)
HAVING n > 0
UNION ALL SELECT 'connections', COUNT(*) AS n, {first_five:name}
FROM {registry}.api_connection
WHERE tenant_id = :tenant_id AND {connection_named:options} = LOWER(:name)
HAVING n > 0

-- name: connection_remove
-- in: int connection_id
DELETE FROM {registry}.api_connection WHERE connection_id = ?

-- name: connection_tested
-- in: time tested_at, text test_failure, int connection_id
UPDATE {registry}.api_connection SET tested_at = ?, test_failure = ? WHERE connection_id = ?

-- name: connection_success
-- in: time last_success_at, int connection_id
UPDATE {registry}.api_connection SET last_success_at = ? WHERE connection_id = ?

-- name: connection_failure
-- in: time last_failure_at, text last_failure, int connection_id
UPDATE {registry}.api_connection SET last_failure_at = ?, last_failure = ? WHERE connection_id = ?

-- ------------------------------------------------------------------ admin: the queue
-- (store/registry/store_admin_queue.c)
-- A filter's value that is NULL lets everything pass.

-- How a message's row begins.
-- part: queued_head
m.id, LOWER(HEX(m.receipt)), c.name, a.name, m.state, m.kind

-- A message of a list.
-- part: queued
-- out: int id, text receipt, text customer, text alias, int state, int kind, int source_id
-- out: text platform, text entity, text action, time received_at, time visible_at, int attempts
-- out: text reason_class, text reason
{queued_head}, m.source_id, m.platform, m.entity, m.action, m.received_at, {until:m}, m.attempts,
	m.reason_class, m.reason

-- The customer and alias of a row, where they are still there.
-- part: tenant_left
LEFT JOIN {registry}.api_alias a ON a.alias_id = $1.tenant_id
	LEFT JOIN {registry}.api_customer c ON c.customer_id = a.customer_id

-- The messages of all tenants. The rows of the queue name the tenants, so that the index is used.
-- part: queues
{registry}.api_tenant_queue q
	JOIN {registry}.api_message m FORCE INDEX (claim) ON m.tenant_id = q.tenant_id

-- The given time, as a row.
-- part: at_now
(SELECT CAST(? AS DATETIME(6)) AS now) n

-- The settled messages of a tenant in a state, in the order of the index.
-- part: queue_in_state
FROM {registry}.api_message m FORCE INDEX (claim)
WHERE m.tenant_id = ? AND m.phase = ? AND m.visible_at

-- What the options of the command line leave.
-- part: queue_matches
m.source_id <=> COALESCE(?, m.source_id) AND m.platform = COALESCE(?, m.platform)
	AND m.entity = COALESCE(?, m.entity) AND m.action = COALESCE(?, m.action)
	AND m.reason_class = COALESCE(?, m.reason_class)
	AND m.received_at >= COALESCE(?, m.received_at)
	AND m.received_at < COALESCE(?, '9999-12-31')

-- name: admin_queue_list
-- in: int tenant_id, int source_id, text platform, text entity, text action, text reason_class
-- in: time from, time until, int limit
-- out: {queued}
SELECT {queued} FROM {registry}.api_message m {tenant_left:m}
WHERE m.tenant_id = COALESCE(?, m.tenant_id) AND {queue_matches} ORDER BY m.id DESC LIMIT ?

-- The same for some states (unused places repeat one): few dead among many done are found by the
-- index.
-- name: admin_queue_list_states
-- in: int phase[8], int state[8], int tenant_id, int source_id, text platform, text entity
-- in: text action, text reason_class, time from, time until, int limit
-- out: {queued}
SELECT STRAIGHT_JOIN {queued}
FROM {queues}
	AND m.phase IN (:phase) AND m.state IN (:state) {tenant_left:m}
WHERE q.tenant_id = COALESCE(:tenant_id, q.tenant_id)
	AND m.source_id <=> COALESCE(:source_id, m.source_id)
	AND m.platform = COALESCE(:platform, m.platform) AND m.entity = COALESCE(:entity, m.entity)
	AND m.action = COALESCE(:action, m.action)
	AND m.reason_class = COALESCE(:reason_class, m.reason_class)
	AND m.received_at >= COALESCE(:from, m.received_at)
	AND m.received_at < COALESCE(:until, '9999-12-31')
ORDER BY m.id DESC LIMIT :limit

-- The first visible_at of a tenant's ready messages.
-- part: oldest
COALESCE(LEAST({first_ready:READY}, {first_ready:LEASED}), {first_ready:READY},
	{first_ready:LEASED})

-- By the index alone, and then what is leased.
-- name: admin_queue_summary
-- in: time now, int tenant_id
-- out: text customer, text alias, int state, int messages, int due, time oldest
SELECT c.name, a.name, CAST(q.state AS SIGNED), CAST(SUM(q.messages) AS SIGNED) AS n,
	CAST(SUM(q.due) AS SIGNED),
	CASE q.state WHEN {MESSAGE_READY} THEN {oldest} ELSE MIN(q.oldest) END
FROM (SELECT tenant_id, CASE WHEN {open} THEN {MESSAGE_READY} ELSE phase END AS state,
		COUNT(*) AS messages, SUM(visible_at <= :now) AS due, MIN(visible_at) AS oldest
	FROM {registry}.api_message WHERE tenant_id = COALESCE(:tenant_id, tenant_id)
	GROUP BY tenant_id, phase
	UNION ALL SELECT m.tenant_id, {MESSAGE_READY}, -COUNT(*), -SUM(m.visible_at <= :now), NULL
	FROM {held_of_each}
	UNION ALL SELECT m.tenant_id, {MESSAGE_LEASED}, COUNT(*), SUM(l.until_at <= :now),
		MIN(l.until_at)
	FROM {held_of_each}) q
	{tenant_left:q}
GROUP BY q.tenant_id, q.state HAVING n > 0
ORDER BY c.name, a.name, q.state

-- ------------------------------------------------------------------ quotas
-- (store/registry/store_quota.c)

-- Of a tenant, and of one Source of it; what came without a credential apart.
-- name: quota_waiting
-- in: int auth, int source_id, int tenant_id
-- out: int of_tenant, int of_source, int of_strangers
SELECT CAST(COALESCE(SUM(body_bytes * (auth <> :auth)), 0) AS SIGNED),
	CAST(COALESCE(SUM(body_bytes * (auth <> :auth AND source_id = :source_id)), 0) AS SIGNED),
	CAST(COALESCE(SUM(body_bytes * (auth = :auth AND source_id = :source_id)), 0) AS SIGNED)
{messages_open}

-- Assignments go from left to right: last_at is the last. now, old, old: when it is older than old,
-- counting begins anew.
-- name: quota_add
-- in: int tenant_id, int source_id, int quota, int n, time now, time old
INSERT INTO {registry}.api_quota (tenant_id, source_id, quota, refused, since_at, last_at)
VALUES (:tenant_id, :source_id, :quota, :n, :now, :now)
ON DUPLICATE KEY UPDATE refused = CASE WHEN last_at < :old THEN 0 ELSE refused END
	+ VALUES(refused),
	since_at = CASE WHEN last_at < :old THEN VALUES(since_at) ELSE since_at END,
	last_at = GREATEST(last_at, VALUES(last_at))

-- Quotas of their own, of one tenant or of all.
-- name: quota_own
-- in: int tenant_id, int limit
-- out: int tenant_id, text customer, text alias, int source_id, int in_flight, int per_second
-- out: int waiting_mb
SELECT o.tenant_id, c.name, a.name, o.source_id, o.in_flight, o.per_second, o.waiting_mb
FROM {registry}.api_quota_own o {tenant_by_id:o}
WHERE o.tenant_id = COALESCE(?, o.tenant_id) ORDER BY o.tenant_id, o.source_id LIMIT ?

-- name: quota_own_set
-- in: int tenant_id, int source_id, int in_flight, int per_second, int waiting_mb
INSERT INTO {registry}.api_quota_own (tenant_id, source_id, in_flight, per_second, waiting_mb)
VALUES (?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE in_flight = COALESCE(VALUES(in_flight), in_flight),
	per_second = COALESCE(VALUES(per_second), per_second),
	waiting_mb = COALESCE(VALUES(waiting_mb), waiting_mb)

-- name: quota_own_remove
-- in: int tenant_id, int source_id
DELETE FROM {registry}.api_quota_own WHERE tenant_id = ? AND source_id = ?

-- Messages that wait or are being processed, by tenant: of all tenants, or of one. A statement may
-- append a column to the grouping.
-- part: open_by_tenant
FROM {registry}.api_message
	WHERE {open} AND tenant_id = COALESCE(:tenant_id, tenant_id)
	GROUP BY tenant_id

-- Bytes that wait (quota 3), of a tenant as a whole (source_id 0) and of each Source; and what was
-- refused.
-- name: quota_list
-- in: int tenant_id
-- out: text customer, text alias, int source_id, int quota, int waiting, int refused
-- out: time since_at, time last_at, int waiting_mb
SELECT c.name, a.name, q.source_id, CAST(q.quota AS SIGNED), CAST(SUM(q.waiting) AS SIGNED),
	CAST(SUM(q.refused) AS SIGNED), MIN(q.since_at), MAX(q.last_at), MAX(o.waiting_mb)
FROM (SELECT tenant_id, 0 AS source_id, 3 AS quota, SUM(body_bytes) AS waiting, 0 AS refused,
		CAST(NULL AS DATETIME(6)) AS since_at, CAST(NULL AS DATETIME(6)) AS last_at
	{open_by_tenant}
	UNION ALL SELECT tenant_id, source_id, 3, SUM(body_bytes), 0, NULL, NULL
	{open_by_tenant}, source_id
	UNION ALL SELECT tenant_id, source_id, quota, 0, refused, since_at, last_at
	FROM {registry}.api_quota WHERE tenant_id = COALESCE(:tenant_id, tenant_id)) q
	LEFT JOIN {registry}.api_quota_own o ON o.tenant_id = q.tenant_id
	AND o.source_id = q.source_id {tenant_by_id:q}
GROUP BY c.name, a.name, q.source_id, q.quota ORDER BY c.name, a.name, q.source_id, q.quota

-- name: admin_queue_find
-- in: bytes receipt
-- out: int id
SELECT id FROM {registry}.api_message WHERE receipt = ?

-- name: admin_queue_get
-- in: int body_head, int id
-- out: int id, text receipt, text customer, text alias, int state, int kind, int auth
-- out: int source_id, int zone_id, int brand_id, text platform, text entity, text action
-- out: text email
-- out: text method, text uri, text headers, time received_at, time visible_at, time settled_at
-- out: int attempts, int deaths, int alone, text leased_by
-- out: text reason_class, text reason, text remarks, text event_id, int body_bytes, bytes body
-- out: text limits
SELECT {queued_head}, m.auth, m.source_id, m.zone_id, m.brand_id, m.platform, m.entity, m.action,
	m.email, m.method, m.uri, m.headers, m.received_at, {until:m}, m.settled_at, m.attempts,
	m.deaths, m.alone, COALESCE((SELECT l.leased_by FROM {registry}.api_lease l
		WHERE l.lease = m.lease AND m.state = {MESSAGE_LEASED}), ''),
	m.reason_class, m.reason, m.remarks, m.event_id,
	OCTET_LENGTH(m.body), LEFT(m.body, ?), m.limits
FROM {registry}.api_message m {tenant_left:m} WHERE m.id = ?

-- Attempts before an admin's retry have a million added per retry, for counting starts at 1 again.
-- name: admin_queue_attempts
-- in: int message_id
-- out: int round, int attempt, time started_at, time ended_at, text outcome, text worker
-- out: text reason_class, text reason
SELECT CAST(COALESCE((SELECT MAX(x.attempt) DIV 1000000 FROM {registry}.api_attempt x
	WHERE x.message_id = :message_id), 0) - t.attempt DIV 1000000 + 1 AS SIGNED),
	t.attempt MOD 1000000, t.started_at, t.ended_at, t.outcome, t.worker, t.reason_class,
	t.reason
FROM {history} t ORDER BY t.attempt DIV 1000000 DESC, t.attempt

-- What went into a digest has the fate of the digest.
-- name: admin_queue_mail
-- in: int message_id
-- out: int mail_id, text address, int mail_state, int state, int attempts, int code, text reply
-- out: time changed_at, time sent_at, text reason, int in_digest
SELECT m.mail_id, r.address, m.state, r.state, m.attempts, r.code, r.reply, r.changed_at, m.sent_at,
	m.reason, o.digest_id IS NOT NULL
FROM {registry}.api_mail o
	JOIN {registry}.api_mail m ON m.mail_id = COALESCE(o.digest_id, o.mail_id)
	LEFT JOIN {registry}.api_mail_recipient r ON r.mail_id = m.mail_id
WHERE o.message_id = ? ORDER BY r.address

-- name: admin_queue_tenants
-- in: int tenant_id
-- out: int tenant_id
SELECT tenant_id FROM {registry}.api_tenant_queue WHERE tenant_id = COALESCE(?, tenant_id)
ORDER BY tenant_id

-- A body that retention has emptied cannot be worked on again.
-- name: admin_queue_retry_lock
-- in: bytes receipt
-- out: int id, int state, int retryable
SELECT m.id, m.state,
	m.state IN ({MESSAGE_DEAD}, {MESSAGE_UNROUTED})
		OR (m.state IN ({MESSAGE_SUPERSEDED}, {MESSAGE_CANCELLED}, {MESSAGE_IGNORED})
			AND m.body <> '')
FROM {registry}.api_message m WHERE m.receipt = ? FOR UPDATE

-- Settled messages of a tenant that can be processed again.
-- part: queue_retryable
{queue_in_state} <= ?
	AND (m.state IN ({MESSAGE_DEAD}, {MESSAGE_UNROUTED}) OR m.body <> '') AND {queue_matches}

-- settled: only what was settled before the command began, so that a message that dies again at
-- once is not taken twice.
-- name: admin_queue_retry_pick
-- in: int tenant_id, int state, time settled, int source_id, text platform, text entity
-- in: text action, text reason_class, time from, time until, int limit
-- out: int id
SELECT m.id {queue_retryable} ORDER BY m.visible_at, m.id LIMIT ? FOR UPDATE SKIP LOCKED

-- name: admin_queue_retry_count
-- in: int tenant_id, int state, time settled, int source_id, text platform, text entity
-- in: text action, text reason_class, time from, time until
-- out: int messages
SELECT COUNT(*) {queue_retryable}

-- Before admin_queue_retry, in its transaction: the attempt that a message's own row tells gets a
-- row. Unused places repeat one.
-- name: admin_queue_retry_once
-- in: int id[100]
{attempt_put}
{told} IN (:id)

-- Behind it: keeps the history apart from the attempts to come. Unused places repeat one.
-- name: admin_queue_retry_history
-- in: int id[100]
UPDATE {registry}.api_attempt SET attempt = attempt + 1000000 WHERE message_id IN (:id)
ORDER BY message_id, attempt DESC

-- name: admin_queue_retry
-- in: time visible_at, int id[100]
UPDATE {registry}.api_message
SET state = {MESSAGE_READY}, visible_at = :visible_at, attempts = 0, deaths = 0, alone = 0,
	lease = NULL, leased_by = '', reason_class = '', reason = '', remarks = '',
	settled_at = NULL
WHERE id IN (:id)
	AND state IN ({MESSAGE_DEAD}, {MESSAGE_UNROUTED}, {MESSAGE_SUPERSEDED}, {MESSAGE_CANCELLED},
		{MESSAGE_IGNORED})

-- Old messages whose mails are through.
-- part: queue_purgeable
{queue_in_state} < ?
	AND NOT EXISTS (SELECT 1
		FROM {registry}.api_mail o
			LEFT JOIN {registry}.api_mail d ON d.mail_id = o.digest_id
		WHERE {mail_open})

-- A settled message's visible_at is when it was settled.
-- name: admin_queue_purge_pick
-- in: int tenant_id, int state, time before, int limit
-- out: int id
SELECT m.id {queue_purgeable} ORDER BY m.visible_at, m.id LIMIT ? FOR UPDATE SKIP LOCKED

-- name: admin_queue_purge_count
-- in: int tenant_id, int state, time before
-- out: int messages
SELECT COUNT(*) {queue_purgeable}

-- name: admin_queue_purge_attempts
-- in: int id[100]
DELETE FROM {registry}.api_attempt WHERE message_id IN (:id)

-- name: admin_queue_purge_recipients
-- in: int id[100]
DELETE r FROM {registry}.api_mail o JOIN {registry}.api_mail_recipient r ON r.mail_id = o.mail_id
WHERE o.message_id IN (:id)

-- name: admin_queue_purge_mails
-- in: int id[100]
DELETE FROM {registry}.api_mail WHERE message_id IN (:id)

-- name: admin_queue_purge_messages
-- in: int id[100]
DELETE FROM {registry}.api_message WHERE id IN (:id)

-- name: admin_queue_health
-- in: time now
-- out: int due, time oldest_due, int dead, int unrouted
SELECT COUNT(m.{open} AND m.visible_at <= n.now OR NULL)
		- (SELECT COUNT(*) FROM {held} WHERE m.visible_at <= n.now),
	(SELECT MIN(CASE WHEN {oldest} <= n.now THEN {oldest} END)
		FROM {registry}.api_tenant_queue q),
	COUNT(m.phase = {MESSAGE_DEAD} OR NULL),
	COUNT(m.phase = {MESSAGE_UNROUTED} OR NULL)
FROM {at_now} JOIN {queues}
	AND m.phase IN ({MESSAGE_READY}, {MESSAGE_LEASED}, {MESSAGE_DEAD}, {MESSAGE_UNROUTED})

-- name: admin_mail_health
-- in: time now
-- out: int due, time oldest_due, int dead
SELECT COUNT(o.state IN ({MAIL_READY}, {MAIL_LEASED}) AND o.visible_at <= n.now OR NULL),
	MIN(CASE WHEN o.state IN ({MAIL_READY}, {MAIL_LEASED}) THEN o.visible_at END),
	COUNT(o.state = {MAIL_DEAD} OR NULL)
FROM {at_now}
	JOIN {registry}.api_mail o FORCE INDEX (due)
		ON o.state IN ({MAIL_READY}, {MAIL_LEASED}, {MAIL_DEAD})

-- ------------------------------------------------------------------ admin: mails
-- (store/registry/store_admin_mail.c)

-- A mail of a list.
-- part: mailed
-- out: int mail_id, text customer, text alias, int kind, int state, int attempts, time created_at
-- out: time visible_at, time sent_at, text receipt, text recipients, text reason
m.mail_id, c.name, a.name, m.kind, m.state, m.attempts, m.created_at, m.visible_at, m.sent_at,
	LOWER(HEX(g.receipt)),
	(SELECT GROUP_CONCAT(r.address ORDER BY r.address SEPARATOR ', ')
		FROM {registry}.api_mail_recipient r WHERE r.mail_id = m.mail_id),
	m.reason

-- What the options of the command line leave.
-- part: mail_matches
m.tenant_id = COALESCE(?, m.tenant_id) AND m.created_at >= COALESCE(?, m.created_at)
	AND m.created_at < COALESCE(?, '9999-12-31')

-- Where they come from.
-- part: mailed_from
LEFT JOIN {registry}.api_message g ON g.id = m.message_id {tenant_left:m}

-- name: admin_mail_list
-- in: int tenant_id, time from, time until, int limit
-- out: {mailed}
SELECT {mailed} FROM {registry}.api_mail m {mailed_from} WHERE {mail_matches}
ORDER BY m.mail_id DESC LIMIT ?

-- The same for one state: few dead among many sent are found by the index.
-- name: admin_mail_list_state
-- in: int state, int tenant_id, time from, time until, int limit
-- out: {mailed}
SELECT {mailed} FROM {registry}.api_mail m FORCE INDEX (due) {mailed_from}
WHERE m.state = ? AND {mail_matches} ORDER BY m.visible_at DESC, m.mail_id DESC LIMIT ?

-- It is a text, or its message still has its body, or it is a digest.
-- part: mail_has_content
m.kind = {MAIL_TEXT}
	OR EXISTS (SELECT 1 FROM {registry}.api_message g
		WHERE g.id = m.message_id AND (g.body <> '' OR g.received_at >= ?))
	OR EXISTS (SELECT 1 FROM {registry}.api_mail f WHERE f.digest_id = m.mail_id)

-- has_content: a text of its own, or a message whose body is there (one may have come empty), or
-- mails that were folded into it.
-- name: admin_mail_retry_lock
-- in: time bodies_from, int mail_id
-- out: int state, int retryable, int has_content
SELECT m.state,
	m.state = {MAIL_DEAD}
		OR (m.state = {MAIL_SENT}
			AND EXISTS (SELECT 1 FROM {registry}.api_mail_recipient r
				WHERE r.mail_id = m.mail_id AND r.state = {RECIPIENT_REFUSED})),
	{mail_has_content}
FROM {registry}.api_mail m WHERE m.mail_id = ? FOR UPDATE

-- Dead mails that can be sent again.
-- part: mail_retryable
FROM {registry}.api_mail m FORCE INDEX (due)
WHERE m.state = {MAIL_DEAD} AND m.visible_at <= ? AND ({mail_has_content}) AND {mail_matches}

-- A dead mail's visible_at is when it died.
-- name: admin_mail_retry_pick
-- in: time died_before, time bodies_from, int tenant_id, time from, time until, int limit
-- out: int mail_id
SELECT m.mail_id {mail_retryable} ORDER BY m.visible_at, m.mail_id LIMIT ? FOR UPDATE SKIP LOCKED

-- name: admin_mail_retry_count
-- in: time died_before, time bodies_from, int tenant_id, time from, time until
-- out: int mails
SELECT COUNT(*) {mail_retryable}

-- name: admin_mail_retry_recipients
-- in: time now, int mail_id
UPDATE {registry}.api_mail_recipient r JOIN {registry}.api_mail m ON m.mail_id = r.mail_id
SET r.state = {RECIPIENT_OPEN}, r.changed_at = ?
WHERE r.mail_id = ? AND r.state = {RECIPIENT_REFUSED} AND m.state IN ({MAIL_SENT}, {MAIL_DEAD})

-- name: admin_mail_retry
-- in: time visible_at, time give_up_at, int mail_id
UPDATE {registry}.api_mail
SET state = {MAIL_READY}, visible_at = ?, give_up_at = ?, attempts = 0, lease = NULL
WHERE mail_id = ? AND state IN ({MAIL_SENT}, {MAIL_DEAD})

-- ------------------------------------------------------------------ wrong passwords
-- (store/registry/store_attempt.c; those of codes are below)

-- Two subjects; a window that ends later than one can was set by a clock that was put back since.
-- name: login_attempts
-- in: bytes subject, bytes other, time now, time latest
-- out: bytes subject, int wrong, time until_at
SELECT subject, wrong, until_at FROM {registry}.api_login_attempt
WHERE subject IN (?, ?) AND until_at > ? AND until_at <= ?

-- One more wrong attempt, or the first of a new span; the last insert id says how many.
-- part: count_attempt
(subject, until_at, wrong) VALUES (:subject, :until_at, LAST_INSERT_ID(1))
ON DUPLICATE KEY UPDATE wrong = LAST_INSERT_ID(
	CASE WHEN until_at > :now AND until_at <= :latest THEN wrong + 1 ELSE 1 END),
	until_at = CASE WHEN until_at > :now AND until_at <= :latest THEN until_at
		ELSE VALUES(until_at) END

-- The insert id is the count.
-- name: login_attempt_count
-- in: bytes subject, time until_at, time now, time latest
INSERT INTO {registry}.api_login_attempt {count_attempt}

-- name: login_attempt_give_back
-- in: bytes subject, time now
UPDATE {registry}.api_login_attempt SET wrong = wrong - 1
WHERE subject = ? AND until_at > ? AND wrong > 0

-- name: login_attempts_lapsed
-- in: time now, int limit
-- out: bytes subject
SELECT subject FROM {registry}.api_login_attempt WHERE until_at <= ? ORDER BY until_at LIMIT ?

-- name: login_attempt_forget
-- in: bytes subject, time now
DELETE FROM {registry}.api_login_attempt WHERE subject = ? AND until_at <= ?

-- ------------------------------------------------------------------ what was seen of the clock
-- (store/registry/store_clock.c)

-- name: clock_seen
-- in: text boot_id
-- out: int boot_us, time seen_at
SELECT boot_us, seen_at FROM {registry}.api_clock WHERE boot_id = ?

-- A row per start of a machine.
-- name: clock_seen_last
-- out: time seen_at
SELECT seen_at FROM {registry}.api_clock ORDER BY seen_at DESC LIMIT 1

-- name: clock_seen_add
-- in: text boot_id, int boot_us, time seen_at
INSERT INTO {registry}.api_clock (boot_id, boot_us, seen_at) VALUES (?, ?, ?)
ON DUPLICATE KEY UPDATE boot_id = boot_id

-- name: clock_seen_forget
-- in: time before
DELETE FROM {registry}.api_clock WHERE seen_at < ?

-- name: clock_seen_set
-- in: int boot_us, time seen_at, text boot_id, int was_us
UPDATE {registry}.api_clock SET boot_us = ?, seen_at = ? WHERE boot_id = ? AND boot_us = ?

-- ------------------------------------------------------------------ sessions of the help pages
-- (store/registry/store_session.c)

-- name: session_add
-- in: bytes session_hash, int alias_id, int user_id, time created_at, time expires_at
INSERT INTO {registry}.api_session (session_hash, alias_id, user_id, created_at, expires_at)
VALUES (?, ?, ?, ?, ?)

-- name: session_expire
-- in: time now, int limit
DELETE FROM {registry}.api_session WHERE expires_at <= ? ORDER BY expires_at LIMIT ?

-- name: session_find
-- in: bytes session_hash, time now, time latest
-- out: int alias_id, int user_id, text customer, text alias, text time_zone, text login
-- out: text rights
SELECT a.alias_id, u.user_id, c.name, a.name, a.time_zone, u.login, u.rights
FROM {registry}.api_session s JOIN {registry}.api_user u ON u.user_id = s.user_id
	AND u.alias_id = s.alias_id {tenant_of:s}
WHERE s.session_hash = ? AND s.expires_at > ? AND s.created_at <= ? AND u.enabled = 1
	AND a.enabled = 1

-- name: session_end_user
-- in: int user_id
DELETE FROM {registry}.api_session WHERE user_id = ?

-- name: session_end
-- in: bytes session_hash
DELETE FROM {registry}.api_session WHERE session_hash = ?

-- name: session_deliveries
-- in: int tenant_id, int state, int limit
-- out: bytes receipt, int kind, text platform, text entity, text action, int state
-- out: text reason_class, text reason, time received_at, time visible_at
SELECT receipt, kind, platform, entity, action, state, reason_class, reason, received_at, visible_at
FROM {registry}.api_message WHERE tenant_id = ? AND phase = ? ORDER BY visible_at DESC, id DESC
LIMIT ?

-- name: session_body
-- in: int max_bytes, bytes receipt, int tenant_id
-- out: bytes body, int body_bytes, text headers
SELECT LEFT(body, ?), OCTET_LENGTH(body), headers FROM {registry}.api_message
WHERE receipt = ? AND tenant_id = ?

-- ------------------------------------------------------------------ Idempotency-Key
-- (store/registry/store_idempotency.c; in the tenant's database)

-- 1062 = the key is taken. A transaction that has taken it and is still open makes this wait.
-- name: idempotency_take
-- in: bytes key_hash, bytes request_hash, time now
INSERT INTO api_idempotency (key_hash, request_hash, reply, created_at) VALUES (?, ?, '', ?)

-- name: idempotency_find
-- in: bytes key_hash
-- out: bytes request_hash, int status, text etag, int contact_id, bytes reply
SELECT request_hash, status, etag, contact_id, reply FROM api_idempotency WHERE key_hash = ?

-- name: idempotency_done
-- in: int status, text etag, int contact_id, bytes reply, bytes key_hash
UPDATE api_idempotency SET status = ?, etag = ?, contact_id = ?, reply = ?
WHERE key_hash = ? AND status = 0

-- name: idempotency_forget
-- in: time before, int limit
DELETE FROM api_idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?

-- The same of POSTs that change the registry.
-- name: request_key_take
-- in: bytes key_hash, bytes request_hash, time now
INSERT INTO {registry}.api_request_key (key_hash, request_hash, reply, created_at)
VALUES (?, ?, '', ?)

-- name: request_key_find
-- in: bytes key_hash
-- out: bytes request_hash, int status, text etag, int contact_id, bytes reply
SELECT request_hash, status, etag, CAST(NULL AS SIGNED), reply FROM {registry}.api_request_key
WHERE key_hash = ?

-- name: request_key_done
-- in: int status, text etag, bytes reply, bytes key_hash
UPDATE {registry}.api_request_key SET status = ?, etag = ?, reply = ?
WHERE key_hash = ? AND status = 0

-- name: request_key_forget
-- in: time before, int limit
DELETE FROM {registry}.api_request_key WHERE created_at < ? ORDER BY created_at LIMIT ?

-- ------------------------------------------------------------------ club: the contact
-- (store/store_club.c; in the tenant's database)

-- name: club_contact_find
-- in: text identifier, int source_id
-- out: int contact_id, int zone_id
SELECT c.ContactId, c.ZoneId FROM ContactIdentifier i JOIN Contact c ON c.ContactId = i.ContactId
WHERE i.Identifier = ? AND i.SourceId = ? AND c.DeletionFlag = 0

-- name: club_contact_lock
-- in: int contact_id
-- out: int contact_id, int deleted, int zone_id, time stamp
SELECT ContactId, DeletionFlag, ZoneId, SourceStamp FROM Contact WHERE ContactId = ? FOR UPDATE

-- At the end of a transaction that wrote for the contact: nobody erases it until that is committed.
-- name: club_contact_there
-- in: int contact_id
-- out: int contact_id
SELECT ContactId FROM Contact WHERE ContactId = ? LOCK IN SHARE MODE

-- A contact as the club shows it.
-- part: club_person
-- out: int contact_id, time created_at, time modified_at, int zone_id, int gender_id
-- out: int civility_id, int title_id, text first_name, text middle_name, text last_name
-- out: text last_name2, time birth_date, int marital_status_id, text job_title, text company_name
-- out: int global_optin, int global_partner_optin, int contact_type_id, int nationality_id
-- out: text language_id, text free1, text free2, text free3, text free4, text free5
c.ContactId, c.CreationDate, c.ModificationDate, c.ZoneId, c.GenderId, c.CivilityId, c.TitleId,
	c.FirstName, c.MiddleName, c.LastName, c.LastName2, c.BirthDate, c.MaritalStatusId,
	c.JobTitle, c.CompanyName, c.GlobalOptin, c.GlobalPartnerOptin, c.ContactTypeId,
	c.NationalityId, c.LanguageId, c.FreeField1, c.FreeField2, c.FreeField3, c.FreeField4,
	c.FreeField5

-- Lists of a contact: the last two columns say whether a row is to be left out, and when it was
-- changed, which the contact's ModificationDate tells, too.
-- The columns from BrandId on stand in the order of the members of SetContact's Addresses.
-- part: club_addresses
-- out: int address_id, int brand_id, int address_type_id, text address1, text address2
-- out: text address3, text address4, text address5, text address6, text address7
-- out: text post_code, text city, text state, text country_id, int address_optin, text email
-- out: int email_optin, text home_phone, text home_phone_country, int home_phone_optin
-- out: text mobile_phone, text mobile_phone_country, int mobile_phone_optin, int hidden
-- out: time changed_at
a.AddressId, a.BrandId, a.ContactAddressTypeId, {address_lines}, a.PostCode, a.City, a.State,
	a.CountryId, a.AddressOptin, a.Email, a.EmailOptin, a.HomePhoneNumber, a.HomePhoneCountryId,
	a.HomePhoneOptin, a.MobilePhoneNumber, a.MobilePhoneCountryId, a.MobilePhoneOptin,
	a.DeletionFlag, a.ModificationDate

-- A contact's addresses; of more than the limit the index gives the first by brand and type. ORDER
-- BY would cost the server a temporary table, more than all else that a page view needs; so the
-- caller sorts them.
-- part: with_addresses
LEFT JOIN Address a FORCE INDEX (natural_key) ON a.ContactId = $1.ContactId

-- A row for each address, or one without.
-- The columns from GenderId on stand in the order of the parameters of SetContact.
-- name: club_contact
-- in: int contact_id, int limit
-- out: {club_person}
-- out: {club_addresses}
SELECT {club_person}, {club_addresses}
FROM Contact c {with_addresses:c} WHERE c.ContactId = ? AND c.DeletionFlag = 0 LIMIT ?

-- part: of_member
k.Identifier = ? AND k.SourceId = ? AND c.DeletionFlag = 0

-- name: club_contact_by_identifier
-- in: text identifier, int source_id, int limit
-- out: {club_person}
-- out: {club_addresses}
SELECT {club_person}, {club_addresses}
FROM ContactIdentifier k JOIN Contact c ON c.ContactId = k.ContactId {with_addresses:k}
WHERE {of_member} LIMIT ?

-- name: club_stores
-- in: int contact_id, int limit
-- out: int id, text identifier, int source_id, text label, int brand_id, text address1
-- out: text post_code, text city, text country_id, int type_id, int zone_id, int hidden
-- out: time modified_at
SELECT s.StoreId, s.StoreIdentifier, s.SourceId, s.Label, s.BrandId, s.Address1, s.PostCode,
	s.City, s.CountryId, a.AttachedStoreTypeId, s.ZoneId,
	a.DeletionFlag = 1 OR s.StoreId IS NULL OR s.DeletionFlag = 1, a.ModificationDate
FROM AttachedStore a LEFT JOIN Store s ON s.StoreId = a.StoreId
WHERE a.ContactId = ? ORDER BY a.StoreId LIMIT ?

-- name: club_interests
-- in: int contact_id, int limit
-- out: int id, text identifier, int source_id, text label, int brand_id, int category_id
-- out: int interest_source_id, time interest_date, int hidden, time modified_at
SELECT i.ContactInterestId, g.Identifier, g.SourceId, g.Label, g.BrandId,
	i.PurchaseGoodCategoryId, i.SourceId, i.InterestDate,
	i.DeletionFlag = 1 OR g.PurchaseGoodCategoryId IS NULL OR g.DeletionFlag = 1,
	i.ModificationDate
FROM ContactInterest i
	LEFT JOIN PurchaseGoodCategory g ON g.PurchaseGoodCategoryId = i.PurchaseGoodCategoryId
WHERE i.ContactId = ? ORDER BY i.ContactInterestId LIMIT ?

-- What a page view costs at least: for t/bench/club.pl.
-- name: club_bare
-- in: int contact_id
-- out: int contact_id, text last_name
SELECT ContactId, LastName FROM Contact WHERE ContactId = ?

-- ------------------------------------------------------------------ privilege codes
-- (store/store_code.c; in the tenant's database)

-- Whoever uses a code stands in line here.
-- name: code_lock
-- in: text code
-- out: int code_id, int campaign_id, time valid_from, time valid_to, int max_uses, int uses
SELECT code_id, campaign_id, valid_from, valid_to, max_uses, uses FROM api_code WHERE code = ?
FOR UPDATE

-- name: code_campaign
-- in: int campaign_id
-- out: text name, text label, time valid_from, time valid_to, int max_uses, int contact_uses
-- out: text points, int point_days, int voucher_category_id
SELECT name, label, valid_from, valid_to, max_uses, contact_uses, CAST(points AS CHAR), point_days,
	voucher_category_id
FROM api_code_campaign WHERE campaign_id = ?

-- name: code_uses_of_contact
-- in: int code_id, int contact_id
-- out: int n, text reply, time used_at
SELECT n, reply, used_at FROM api_code_use WHERE code_id = ? AND contact_id = ? ORDER BY n

-- name: code_count
-- in: int code_id, int uses
UPDATE api_code SET uses = uses + 1 WHERE code_id = ? AND uses = ?

-- name: code_use_put
-- in: int code_id, int contact_id, int n, time used_at, text reply
INSERT INTO api_code_use (code_id, contact_id, n, used_at, reply) VALUES (?, ?, ?, ?, ?)

-- The category's own amount and term; 0 rows: it is gone.
-- name: code_voucher_put
-- in: text identifier, int contact_id, int source_id, text voucher_code, text currency, time now
-- in: int category_id
INSERT INTO Voucher (VoucherIdentifier, ContactId, SourceId, VoucherCode, VoucherTypeId,
	VoucherStateId, VoucherCategoryId, Amount, CurrencyId, ValidityStartDate, ValidityEndDate,
	CreationDate, ModificationDate)
SELECT :identifier, :contact_id, :source_id, :voucher_code, v.VoucherTypeId, 1, v.VoucherCategoryId,
	v.Amount, CASE WHEN v.Amount IS NULL THEN NULL ELSE :currency END, :now,
	CASE WHEN COALESCE(v.VoucherExpirationDelayDay, v.VoucherExpirationDelayMonth,
			v.VoucherExpirationDelayYear) IS NULL
		THEN NULL
		ELSE CAST(:now AS DATETIME(6)) + INTERVAL COALESCE(v.VoucherExpirationDelayYear, 0)
			YEAR + INTERVAL COALESCE(v.VoucherExpirationDelayMonth,
			0) MONTH + INTERVAL COALESCE(v.VoucherExpirationDelayDay, 0) DAY END,
	:now, :now
FROM VoucherCategory v WHERE v.VoucherCategoryId = :category_id AND v.DeletionFlag = 0

-- name: code_voucher
-- in: int voucher_id
-- out: text voucher_code, text amount, text currency, time starts_at, time ends_at, text label
SELECT v.VoucherCode, CAST(v.Amount AS CHAR), v.CurrencyId, v.ValidityStartDate, v.ValidityEndDate,
	c.Label
FROM Voucher v LEFT JOIN VoucherCategory c ON c.VoucherCategoryId = v.VoucherCategoryId
WHERE v.VoucherId = ?

-- Two subjects; a window that ends later than one can was set by a clock that was put back since.
-- name: code_attempts
-- in: bytes subject, bytes other, time now, time latest
-- out: bytes subject, int wrong, time until_at
SELECT subject, wrong, until_at FROM api_code_attempt
WHERE subject IN (?, ?) AND until_at > ? AND until_at <= ?

-- The insert id is the count.
-- name: code_attempt_count
-- in: bytes subject, time until_at, time now, time latest
INSERT INTO api_code_attempt {count_attempt}

-- name: code_attempts_lapsed
-- in: time now, int limit
-- out: bytes subject
SELECT subject FROM api_code_attempt WHERE until_at <= ? ORDER BY until_at LIMIT ?
FOR UPDATE SKIP LOCKED

-- name: code_attempt_forget
-- in: bytes subject, time now
DELETE FROM api_code_attempt WHERE subject = ? AND until_at <= ?

-- name: code_campaign_find
-- in: text name
-- out: int campaign_id
SELECT campaign_id FROM api_code_campaign WHERE name = ?

-- name: code_campaign_put
-- in: text name, text label, time valid_from, time valid_to, int max_uses, int contact_uses
-- in: text points, int point_days, int voucher_category_id, time now
INSERT INTO api_code_campaign (name, label, valid_from, valid_to, max_uses, contact_uses, points,
	point_days, voucher_category_id, created_at, modified_at)
VALUES (:name, :label, :valid_from, :valid_to, :max_uses, :contact_uses, :points, :point_days,
	:voucher_category_id, :now, :now)
ON DUPLICATE KEY UPDATE label = VALUES(label), valid_from = VALUES(valid_from),
	valid_to = VALUES(valid_to), max_uses = VALUES(max_uses),
	contact_uses = VALUES(contact_uses), points = VALUES(points),
	point_days = VALUES(point_days), voucher_category_id = VALUES(voucher_category_id),
	modified_at = VALUES(modified_at)

-- name: code_campaigns
-- in: int limit
-- out: text name, text label, time valid_from, time valid_to, int max_uses, int contact_uses
-- out: text points, int point_days, int voucher_category_id, int codes, int uses
SELECT c.name, c.label, c.valid_from, c.valid_to, c.max_uses, c.contact_uses,
	CAST(c.points AS CHAR), c.point_days, c.voucher_category_id,
	(SELECT COUNT(*) FROM api_code k WHERE k.campaign_id = c.campaign_id),
	(SELECT COUNT(*) FROM api_code k JOIN api_code_use u ON u.code_id = k.code_id
		WHERE k.campaign_id = c.campaign_id)
FROM api_code_campaign c ORDER BY c.name LIMIT ?

-- name: code_voucher_category_known
-- in: int category_id
-- out: int known
SELECT COUNT(*) FROM VoucherCategory WHERE VoucherCategoryId = ? AND DeletionFlag = 0

-- name: code_stage_put
-- in: int load_id, int n, text code, time valid_from, time valid_to, int max_uses
INSERT INTO api_code_stage (load_id, n, code, valid_from, valid_to, max_uses)
VALUES (?, ?, ?, ?, ?, ?)

-- Of each staged code, where it stands first.
-- part: stage_first
(SELECT code, MIN(n) AS first_n FROM api_code_stage WHERE load_id = :load_id GROUP BY code) f

-- Staged codes that are there already (campaign_id: of which campaign), or stand in the chunk
-- before (first_n).
-- name: code_stage_repeated
-- in: int load_id
-- out: int n, text code, int campaign_id, int first_n
SELECT s.n, s.code, k.campaign_id, f.first_n
FROM api_code_stage s
	JOIN {stage_first} ON f.code = s.code
	LEFT JOIN api_code k ON k.code = s.code
WHERE s.load_id = :load_id AND (k.code_id IS NOT NULL OR s.n <> f.first_n) ORDER BY s.n

-- name: code_stage_take
-- in: int campaign_id, time now, int load_id
INSERT INTO api_code (code, campaign_id, valid_from, valid_to, max_uses, created_at)
SELECT s.code, :campaign_id, s.valid_from, s.valid_to, s.max_uses, :now
FROM api_code_stage s
	JOIN {stage_first} ON f.first_n = s.n
	LEFT JOIN api_code k ON k.code = s.code
WHERE s.load_id = :load_id AND k.code_id IS NULL ORDER BY s.n

-- name: code_stage_empty
-- in: int load_id
DELETE FROM api_code_stage WHERE load_id = ?

-- A code and its terms: its own, or its campaign's.
-- part: code_terms
k.code, c.name, COALESCE(k.valid_from, c.valid_from), COALESCE(k.valid_to, c.valid_to),
	COALESCE(k.max_uses, c.max_uses)

-- name: code_list
-- in: text campaign, text after, int used, int limit
-- out: text code, text campaign, time valid_from, time valid_to, int max_uses, int uses
-- out: time created_at
SELECT {code_terms}, k.uses, k.created_at
FROM api_code k JOIN api_code_campaign c ON c.campaign_id = k.campaign_id
WHERE c.name = COALESCE(:campaign, c.name) AND k.code > :after
	AND (:used IS NULL OR (:used = 1 AND k.uses > 0) OR (:used = 0 AND k.uses = 0))
ORDER BY k.code LIMIT :limit

-- name: code_show
-- in: text code
-- out: text code, text campaign, time valid_from, time valid_to, int max_uses, int contact_uses
-- out: int uses, time created_at, int code_id
SELECT {code_terms}, c.contact_uses, k.uses, k.created_at, k.code_id
FROM api_code k JOIN api_code_campaign c ON c.campaign_id = k.campaign_id WHERE k.code = ?

-- name: code_show_uses
-- in: int code_id, int limit
-- out: int contact_id, int n, time used_at
SELECT contact_id, n, used_at FROM api_code_use WHERE code_id = ? ORDER BY used_at DESC LIMIT ?

-- ------------------------------------------------------------------ points (store/store_points.c;
-- in the tenant's database)
-- Each row of LoyaltyPoint is a movement: PointAmount = PointOriginalAmount (earned; negative:
-- taken back) - PointUsedAmount - PointExpiredAmount, and the sum of
-- PointAmount is the balance. What is left of a movement that earned follows from the movements:
-- whatever went out took of what expires first. The points of one
-- purchase are one lot, less what was taken back of it (PointTypeId 7); what was taken back beyond
-- it went out of the others.

-- What a movement is made of.
-- part: points_columns
ContactId, PointTypeId, PointAmount, PointOriginalAmount, PointUsedAmount, PointExpiredAmount,
	DatePoint, ExpiredDatePoint, PointIdentifier, SourceId, CreationDate, ModificationDate

-- amount is what the balance gains. A use has a negative amount, earns nothing and says what it
-- used.
-- name: points_put
-- in: int contact_id, int type_id, text amount, text earned, text used, time at, int days
-- in: text identifier, int source_id, time now
INSERT INTO LoyaltyPoint ({points_columns})
VALUES (:contact_id, :type_id, :amount, :earned, :used, 0, :at,
	CAST(:at AS DATETIME(6)) + INTERVAL :days DAY, :identifier, :source_id, :now, :now)

-- name: points_by_identifier
-- in: text identifier, int source_id
-- out: int contact_id, text amount
SELECT ContactId, CAST(PointAmount AS CHAR) FROM LoyaltyPoint
WHERE PointIdentifier = ? AND SourceId = ?

-- name: points_balance
-- in: int contact_id
-- out: text balance
SELECT CAST(COALESCE(SUM(PointAmount), 0) AS CHAR) FROM LoyaltyPoint
WHERE ContactId = ? AND DeletionFlag = 0

-- A movement behind the totals; each statement has its own text.
-- part: movement
-- out: text balance, text earned, text used, text expired, int id, int type_id, text type
-- out: text amount, text original, text used_amount, text expired_amount, time at
-- out: time expires_at, int purchase_id, int voucher_id, text identifier, int source_id


-- A total that the statement does not compute.
-- part: no_text
CAST(NULL AS CHAR)

-- The last columns of a movement.
-- part: movement_end
p.DatePoint, p.ExpiredDatePoint, p.PurchaseHeaderId, p.VoucherId, p.PointIdentifier, p.SourceId

-- All movements of a contact who has no more than the limit, by identifier, in no order; one row
-- without a movement when there is none, no row without a contact. The totals (the first
-- four) are summed up from them: for a page view that is several times as fast as the next.
-- name: points_all
-- in: text identifier, int source_id, int limit
-- out: {movement}
-- out: int contact_id, int zone_id
SELECT {no_text}, {no_text}, {no_text}, {no_text}, p.LoyaltyPointId, p.PointTypeId, y.Label,
	p.PointAmount, p.PointOriginalAmount, p.PointUsedAmount, p.PointExpiredAmount,
	{movement_end}, c.ContactId, c.ZoneId
FROM ContactIdentifier k JOIN Contact c ON c.ContactId = k.ContactId
	LEFT JOIN LoyaltyPoint p ON p.ContactId = k.ContactId AND p.DeletionFlag = 0
	LEFT JOIN LoyaltyPointType y ON y.LoyaltyPointTypeId = p.PointTypeId
WHERE {of_member} LIMIT ?

-- Totals and a page of movements, of one moment.
-- name: points_list
-- in: int contact_id, int before_id, int limit
-- out: {movement}
SELECT CAST(t.balance AS CHAR), CAST(t.earned AS CHAR), CAST(t.used AS CHAR),
	CAST(t.expired AS CHAR), p.LoyaltyPointId, p.PointTypeId, y.Label,
	CAST(p.PointAmount AS CHAR), CAST(p.PointOriginalAmount AS CHAR),
	CAST(p.PointUsedAmount AS CHAR), CAST(p.PointExpiredAmount AS CHAR), {movement_end}
FROM (SELECT COALESCE(SUM(PointAmount), 0) AS balance,
		COALESCE(SUM(COALESCE(PointOriginalAmount, GREATEST(PointAmount, 0))), 0) AS earned,
		COALESCE(SUM(COALESCE(PointUsedAmount, CASE WHEN PointOriginalAmount IS NULL THEN
			GREATEST(-PointAmount, 0) END)),
			0) AS used,
		COALESCE(SUM(PointExpiredAmount), 0) AS expired
	FROM LoyaltyPoint WHERE ContactId = :contact_id AND DeletionFlag = 0) t
	LEFT JOIN (SELECT LoyaltyPointId, PointTypeId, PointAmount, PointOriginalAmount,
			PointUsedAmount, PointExpiredAmount, DatePoint, ExpiredDatePoint,
			PurchaseHeaderId, VoucherId, PointIdentifier, SourceId
		FROM LoyaltyPoint
		WHERE ContactId = :contact_id AND DeletionFlag = 0 AND LoyaltyPointId < :before_id
		ORDER BY LoyaltyPointId DESC LIMIT :limit) p
		ON 1 = 1
	LEFT JOIN LoyaltyPointType y ON y.LoyaltyPointTypeId = p.PointTypeId
ORDER BY p.LoyaltyPointId DESC

-- A lot: movements that came together, and when they came and expire.
-- part: lot_dates
MIN(p.LoyaltyPointId) AS id, MAX(p.ExpiredDatePoint) AS expires_at, MIN(p.DatePoint) AS at,
	SUM(p.PointAmount) AS amount

-- Movements that add to lots, and those that use them.
-- part: points_came
p.DeletionFlag = 0 AND (p.PointAmount > 0 OR p.PointTypeId = {POINTS_RETURNED})

-- part: points_went
q.DeletionFlag = 0 AND q.PointAmount < 0 AND NOT (q.PointTypeId <=> {POINTS_RETURNED})

-- What a lot gained, if it did.
-- part: lot_gain
GREATEST(0, g.amount)

-- The order in which lots are used.
-- part: lot_order
ORDER BY g.expires_at IS NULL, g.expires_at, g.at, g.id ROWS UNBOUNDED PRECEDING

-- name: points_expiring
-- in: int contact_id, time until, int limit
-- out: text amount, time expires_at
SELECT CAST(x.rest AS CHAR), x.expires_at
FROM (SELECT g.expires_at,
		LEAST({lot_gain},
			GREATEST(0,
				SUM({lot_gain}) OVER ({lot_order}) + SUM(LEAST(0,
					g.amount)) OVER () - d.debit))
			AS rest
	FROM (SELECT {lot_dates} FROM LoyaltyPoint p
		WHERE p.ContactId = :contact_id AND {points_came}
		GROUP BY COALESCE(CONCAT('p', p.PurchaseHeaderId), p.LoyaltyPointId)) g
		JOIN (SELECT COALESCE(-SUM(q.PointAmount), 0) AS debit FROM LoyaltyPoint q
			WHERE q.ContactId = :contact_id AND {points_went}) d
			ON 1 = 1) x
WHERE x.rest > 0 AND x.expires_at <= :until ORDER BY x.expires_at LIMIT :limit

-- name: points_rule_put
-- in: int source_id, int brand_id, time valid_from, time valid_to, text points, text minimum
-- in: int point_days, time now
INSERT INTO api_point_rule (source_id, brand_id, valid_from, valid_to, points, minimum, point_days,
	created_at, modified_at)
VALUES (:source_id, :brand_id, :valid_from, :valid_to, :points, :minimum, :point_days, :now, :now)
ON DUPLICATE KEY UPDATE valid_to = VALUES(valid_to), points = VALUES(points),
	minimum = VALUES(minimum), point_days = VALUES(point_days),
	modified_at = VALUES(modified_at)

-- name: points_rules
-- in: int limit
-- out: int rule_id, int source_id, int brand_id, time valid_from, time valid_to, text points
-- out: text minimum, int point_days
SELECT rule_id, source_id, brand_id, valid_from, valid_to, CAST(points AS CHAR),
	CAST(minimum AS CHAR), point_days
FROM api_point_rule ORDER BY source_id, brand_id, valid_from DESC LIMIT ?

-- ------------------------------------------------------------------ EarnPoints
-- (process/earn_points.c)
-- granted: earned less taken back, as far as a purchase's points are its contact's; what has
-- expired of it cannot be taken back once more.
-- Movements are numbered on from the last one, not by how many there are: an erased contact's are
-- gone.

-- What is still to be granted, or taken back: not more than is left of it.
-- part: earn_diff
CASE WHEN e.wanted >= e.granted THEN e.wanted - e.granted
	ELSE -LEAST(e.granted - e.wanted, GREATEST(0, e.granted + e.expired)) END AS diff

-- Points that a chunk's purchases are worth beside what was granted and what of it expired. A
-- purchase that went to another contact is worth nothing to the one before.
-- part: earn_chunk
(SELECT w.PurchaseHeaderId, w.ContactId, w.SourceId, w.PurchaseDate, w.point_days, w.wanted,
		COALESCE(g.granted, 0) AS granted, COALESCE(g.expired, 0) AS expired
	FROM (SELECT h.PurchaseHeaderId, h.ContactId, h.SourceId, h.PurchaseDate, r.point_days,
			CASE WHEN {purchase_counts} AND h.DeletionFlag = 0 AND
					h.RefAmount > 0
				THEN COALESCE(FLOOR(h.RefAmount * r.points), 0) ELSE 0 END AS wanted
		FROM (SELECT i.PurchaseHeaderId, i.ContactId, i.SourceId, i.PurchaseDate,
				i.PurchaseStatusId, i.PurchaseTypeId, i.DeletionFlag, i.RefAmount,
				(SELECT q.rule_id FROM api_point_rule q
					WHERE q.valid_from <= i.PurchaseDate
						AND (q.valid_to IS NULL
							OR q.valid_to > i.PurchaseDate)
						AND q.source_id IN (0, i.SourceId)
						AND q.brand_id IN (0, COALESCE(i.BrandId, 0))
						AND q.minimum <= i.RefAmount
					ORDER BY q.source_id <> 0 DESC, q.brand_id <> 0 DESC,
						q.valid_from DESC
					LIMIT 1) AS rule_id
			FROM PurchaseHeader i
			WHERE {purchase_chunk:i}
				AND i.ContactId IS NOT NULL) h
			LEFT JOIN PurchaseStatus s ON s.PurchaseStatusId = h.PurchaseStatusId
			LEFT JOIN api_point_rule r ON r.rule_id = h.rule_id
		UNION ALL SELECT h.PurchaseHeaderId, m.ContactId, h.SourceId, h.PurchaseDate, NULL,
			0
		FROM PurchaseHeader h JOIN LoyaltyPoint m ON m.PurchaseHeaderId = h.PurchaseHeaderId
		WHERE {purchase_chunk:h}
			AND m.DeletionFlag = 0 AND m.PointIdentifier LIKE 'purchase:%'
			AND m.ContactId IS NOT NULL AND NOT (m.ContactId <=> h.ContactId)
		GROUP BY h.PurchaseHeaderId, m.ContactId) w
		LEFT JOIN (SELECT p.PurchaseHeaderId, p.ContactId,
				SUM(CASE WHEN p.PointIdentifier LIKE 'purchase:%'
						THEN p.PointAmount END) AS granted,
				SUM(CASE WHEN p.PointIdentifier LIKE 'expire:%'
						THEN p.PointAmount END) AS expired
			FROM LoyaltyPoint p
			WHERE {purchase_chunk:p}
				AND p.DeletionFlag = 0
			GROUP BY p.PurchaseHeaderId, p.ContactId) g
			ON g.PurchaseHeaderId = w.PurchaseHeaderId
		AND g.ContactId = w.ContactId) e

-- name: earn_set
-- in: time now, int after_id, int last_id
INSERT INTO LoyaltyPoint (PurchaseHeaderId, {points_columns})
SELECT x.PurchaseHeaderId, x.ContactId,
	CASE WHEN x.diff > 0 THEN {POINTS_PURCHASE} ELSE {POINTS_RETURNED} END, x.diff, x.diff, 0,
	0, CASE WHEN x.diff > 0 THEN x.PurchaseDate ELSE :now END,
	CASE WHEN x.diff > 0 THEN x.PurchaseDate + INTERVAL x.point_days DAY END,
	CONCAT('purchase:', x.PurchaseHeaderId, ':',
		COALESCE(n.number, 0) + ROW_NUMBER() OVER (
			PARTITION BY x.PurchaseHeaderId ORDER BY x.ContactId)),
	x.SourceId, :now, :now
FROM (SELECT e.PurchaseHeaderId, e.ContactId, e.SourceId, e.PurchaseDate, e.point_days,
		{earn_diff}
	FROM {earn_chunk}) x
	LEFT JOIN (SELECT p.PurchaseHeaderId,
			MAX(CAST(SUBSTRING_INDEX(p.PointIdentifier, ':', -1) AS UNSIGNED)) AS number
		FROM LoyaltyPoint p
		WHERE {purchase_chunk:p}
			AND p.PointIdentifier REGEXP '^purchase:[0-9]+:[0-9]{1,9}$'
		GROUP BY p.PurchaseHeaderId) n
		ON n.PurchaseHeaderId = x.PurchaseHeaderId
WHERE x.diff <> 0

-- name: earn_count
-- in: int after_id, int last_id
-- out: int movements, text earned, text taken_back
SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN x.diff > 0 THEN x.diff END), 0) AS CHAR),
	CAST(COALESCE(-SUM(CASE WHEN x.diff < 0 THEN x.diff END), 0) AS CHAR)
FROM (SELECT {earn_diff} FROM {earn_chunk}) x WHERE x.diff <> 0

-- Purchases that count, but have no amount in the reference currency yet.
-- name: earn_missing
-- out: int rows
SELECT COUNT(*) FROM {purchase_status}
WHERE {purchase_counts}
	AND h.DeletionFlag = 0 AND h.ContactId IS NOT NULL AND h.Amount IS NOT NULL
	AND h.RefAmount IS NULL

-- ------------------------------------------------------------------ ExpirePoints
-- (process/expire_points.c)

-- name: expire_contact_last
-- in: int after_id, int chunk
-- out: int last_id
SELECT ContactId FROM Contact WHERE ContactId > ? ORDER BY ContactId LIMIT 1 OFFSET ?

-- name: expire_contact_max
-- out: int last_id
SELECT ContactId FROM Contact ORDER BY ContactId DESC LIMIT 1

-- Whoever uses points of these contacts waits.
-- name: expire_lock
-- in: int after_id, int last_id, time now
-- out: int contact_id
SELECT c.ContactId FROM Contact c
WHERE c.ContactId > ? AND c.ContactId <= ?
	AND EXISTS (SELECT 1 FROM LoyaltyPoint p
		WHERE p.ContactId = c.ContactId AND p.DeletionFlag = 0 AND p.PointAmount > 0
			AND p.ExpiredDatePoint <= ?)
ORDER BY c.ContactId FOR UPDATE

-- What is left of a lot: lots are used in the order in which they expire.
-- part: lot_rest
LEAST({lot_gain},
	GREATEST(0,
		SUM({lot_gain}) OVER (PARTITION BY g.ContactId {lot_order}) +
			SUM(LEAST(0, g.amount)) OVER (PARTITION BY g.ContactId) - COALESCE(d.debit,
				0)))
	AS rest

-- Movements of a chunk of contacts.
-- part: points_chunk
FROM LoyaltyPoint p WHERE p.ContactId > :after_id AND p.ContactId <= :last_id

-- Points that came to a chunk's contacts, by lot.
-- part: lots_of
{points_chunk} AND {points_came}
GROUP BY p.ContactId, COALESCE(CONCAT('p', p.PurchaseHeaderId), p.LoyaltyPointId)

-- What a chunk's contacts used.
-- part: debits_of
LEFT JOIN (SELECT q.ContactId, -SUM(q.PointAmount) AS debit FROM LoyaltyPoint q
	WHERE q.ContactId > :after_id AND q.ContactId <= :last_id AND {points_went}
	GROUP BY q.ContactId) d
	ON d.ContactId = g.ContactId

-- name: expire_count
-- in: int after_id, int last_id, time now
-- out: int lots, int contacts, text points
SELECT COUNT(*), COUNT(DISTINCT x.ContactId), CAST(COALESCE(SUM(x.rest), 0) AS CHAR)
FROM (SELECT g.ContactId, g.expires_at, {lot_rest}
	FROM (SELECT p.ContactId, {lot_dates} {lots_of}) g {debits_of}) x
WHERE x.rest > 0 AND x.expires_at <= :now

-- The lot of an expiry.
-- part: expire_lot
COALESCE(CONCAT('p', p.PurchaseHeaderId), SUBSTRING_INDEX(SUBSTRING(p.PointIdentifier, 8), ':', 1))

-- What expired of a lot is never more than the lot is: of one that was deleted, made smaller or
-- given to another contact since, it comes back.
-- name: expire_trim
-- in: int after_id, int last_id, time now
UPDATE LoyaltyPoint u
	JOIN (SELECT e.id,
			GREATEST(0,
				LEAST(e.expired, GREATEST(0, COALESCE(g.amount, 0)) - e.earlier)) AS
				keep
		FROM (SELECT p.LoyaltyPointId AS id, p.ContactId, {expire_lot} AS lot,
				-p.PointAmount AS expired,
				COALESCE(SUM(-p.PointAmount) OVER (PARTITION BY p.ContactId,
					{expire_lot} ORDER BY p.LoyaltyPointId ROWS BETWEEN
					UNBOUNDED PRECEDING AND 1 PRECEDING),
					0) AS earlier
			{points_chunk}
				AND p.DeletionFlag = 0 AND p.PointTypeId = {POINTS_EXPIRED}
				AND p.PointAmount < 0 AND p.PointIdentifier LIKE 'expire:%') e
			LEFT JOIN (SELECT p.ContactId,
					COALESCE(CONCAT('p', p.PurchaseHeaderId), p.LoyaltyPointId)
						AS lot,
					SUM(p.PointAmount) AS amount {lots_of}) g
				ON g.ContactId = e.ContactId
			AND g.lot = e.lot
		WHERE e.earlier + e.expired > GREATEST(0, COALESCE(g.amount, 0))) x
		ON x.id = u.LoyaltyPointId
SET u.PointAmount = -x.keep, u.PointExpiredAmount = x.keep,
	u.DeletionFlag = CASE WHEN x.keep = 0 THEN 1 ELSE 0 END, u.ModificationDate = :now

-- A lot that expired, and of which there is more now (a use was taken out), expires again: its
-- movement grows; so it does when its movement was deleted.
-- name: expire_set
-- in: time now, int after_id, int last_id, time believed
INSERT INTO LoyaltyPoint (ContactId, PurchaseHeaderId, PointTypeId, PointAmount,
	PointOriginalAmount, PointUsedAmount, PointExpiredAmount, DatePoint, PointIdentifier,
	SourceId, CreationDate, ModificationDate)
SELECT x.ContactId, x.PurchaseHeaderId, {POINTS_EXPIRED}, -x.rest, 0, 0, x.rest, x.expires_at,
	CONCAT('expire:', x.id, ':', x.ContactId), x.SourceId, :now, :now
FROM (SELECT g.ContactId, g.id, g.PurchaseHeaderId, g.SourceId, g.expires_at, {lot_rest}
	FROM (SELECT p.ContactId, {lot_dates}, MAX(p.PurchaseHeaderId) AS PurchaseHeaderId,
			MIN(p.SourceId) AS SourceId {lots_of}) g
		{debits_of}) x
WHERE x.rest > 0 AND x.expires_at <= :believed
ON DUPLICATE KEY UPDATE PointAmount = CASE WHEN DeletionFlag = 0 THEN PointAmount ELSE 0 END
	+ VALUES(PointAmount),
	PointExpiredAmount = CASE WHEN DeletionFlag = 0 THEN PointExpiredAmount ELSE 0 END
		+ VALUES(PointExpiredAmount),
	DeletionFlag = 0, ModificationDate = VALUES(ModificationDate)

-- ------------------------------------------------------------------ check and doctor
-- (store/registry/store_doctor.c)

-- name: doctor_limit
-- in: int seconds
SET SESSION max_statement_time = ?

-- name: doctor_variables
-- out: text name, text value
SELECT LOWER(variable_name), variable_value FROM information_schema.global_variables
WHERE variable_name IN ('innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'sync_binlog',
	'log_bin', 'binlog_format', 'max_allowed_packet', 'max_connections', 'max_statement_time',
	'wait_timeout', 'read_only', 'datadir', 'hostname', 'lower_case_table_names',
	'innodb_read_only', 'innodb_force_recovery')
UNION ALL SELECT LOWER(variable_name), variable_value FROM information_schema.global_status
WHERE variable_name IN ('max_used_connections', 'threads_connected')
UNION ALL SELECT CONCAT('session.', LOWER(variable_name)), variable_value
FROM information_schema.session_variables
WHERE variable_name IN ('sql_mode', 'character_set_client', 'character_set_connection',
	'tx_isolation', 'time_zone', 'autocommit')

-- Those of enabled roles come along.
-- name: doctor_grants
-- out: text grants
SHOW GRANTS

-- context is what each was sealed under; of a Source only its secrets that deliveries are verified
-- with.
-- name: doctor_sealed
-- out: text context, bytes sealed, text customer, text alias, text what
SELECT CONCAT('source:', s.api_source_id), x.sealed, c.name, a.name, CONCAT('Source ', s.source_id)
FROM {registry}.api_source_secret x
	JOIN {registry}.api_source s ON s.api_source_id = x.api_source_id
	{tenant_of:s}
UNION ALL SELECT CONCAT('alias:', a.alias_id), a.db_password_sealed, c.name, a.name,
	'database password'
FROM {tenants}
WHERE a.db_password_sealed IS NOT NULL
UNION ALL SELECT CONCAT('connection:', n.connection_id), n.secrets, c.name, a.name,
	CONCAT('connection ', n.name)
FROM {registry}.api_connection n {tenant_by_id:n}
WHERE n.secrets IS NOT NULL LIMIT 5000

-- name: doctor_dead_before
-- in: time before
-- out: int dead
SELECT COUNT(*)
FROM {queues}
	AND m.phase = {MESSAGE_DEAD} AND m.visible_at < ?

-- Where the Source is strict about order, what a dead message holds up.
-- name: doctor_blocked
-- out: text customer, text alias, int source_id, int dead
SELECT STRAIGHT_JOIN c.name, a.name, s.source_id, COUNT(*)
FROM {registry}.api_source s {tenant_of:s}
	JOIN {registry}.api_message b FORCE INDEX (claim) ON b.tenant_id = s.alias_id
	AND b.phase = {MESSAGE_DEAD} AND b.source_id = s.source_id AND b.ordering_key IS NOT NULL
WHERE s.strict_order = 1
	AND EXISTS (SELECT 1 FROM {registry}.api_message m FORCE INDEX (ordering)
		WHERE m.tenant_id = b.tenant_id AND m.ordering_key = b.ordering_key
			AND m.key_state = {MESSAGE_READY} AND m.id > b.id)
GROUP BY s.api_source_id LIMIT 20

-- Those with something wrong; the table is small, so it is read as it is. trouble: fault, silent,
-- late.
-- name: doctor_schedules
-- in: time late, time now
-- out: int schedule_id, text customer, text alias, text process, text trouble, text fault
-- out: int silence_h
SELECT s.schedule_id, c.name, a.name, s.process,
	CASE WHEN s.fault <> '' THEN 'fault' WHEN s.next_due_at < :late THEN 'late'
		ELSE 'silent' END,
	s.fault, s.silence_h
FROM {registry}.api_schedule s {tenant_straight:s}
WHERE s.deleted_at IS NULL AND s.paused_at IS NULL
	AND (s.fault <> '' OR s.next_due_at < :late
		OR (s.silent_at IS NOT NULL
			AND GREATEST(COALESCE(s.last_success_at, s.created_at),
				COALESCE(s.silent_from, s.last_success_at, s.created_at)) + INTERVAL
				s.silence_h HOUR <= :now))
ORDER BY s.schedule_id LIMIT 50

-- Connections that are enabled and whose last test failed, or by which no run has succeeded since
-- :silent (or ever, while runs failed).
-- name: doctor_connections
-- in: time silent
-- out: text customer, text alias, text name, text test_failure, text last_failure
-- out: time last_success_at
SELECT c.name, a.name, n.name, n.test_failure, n.last_failure, n.last_success_at
FROM {registry}.api_connection n {tenant_straight:n}
WHERE n.enabled = 1
	AND (n.test_failure <> '' OR n.last_success_at < :silent
		OR (n.last_success_at IS NULL AND n.last_failure_at IS NOT NULL))
ORDER BY c.name, a.name, n.name LIMIT 50

-- Alarms of silence that would go to nobody; of those that have ended none is due.
-- name: doctor_unheard
-- out: text customer, text alias, int schedules, int schedule_id
SELECT c.name, a.name, COUNT(*), MIN(s.schedule_id)
FROM {registry}.api_schedule s {tenant_straight:s}
WHERE s.deleted_at IS NULL AND s.silence_h IS NOT NULL
	AND (s.next_due_at IS NOT NULL OR s.paused_at IS NOT NULL OR s.fault <> '')
	AND COALESCE(a.admin_email, '') = ''
GROUP BY a.alias_id LIMIT 20

-- name: doctor_runs
-- in: time late
-- out: int waiting
SELECT COUNT(*) FROM {registry}.api_run WHERE state = {RUN_WAITING} AND not_before < ?

-- Requests about persons that are open, the longest first; privacy_id is the oldest one's.
-- name: doctor_privacy
-- out: text customer, text alias, int is_data_request, int requests, time oldest, int privacy_id
SELECT c.name, a.name, p.kind = {REQUEST_DATA_REQUEST}, COUNT(*), MIN(p.requested_at),
	MIN(p.privacy_id)
FROM {requests_open}
	JOIN {registry}.api_customer c ON c.customer_id = a.customer_id
WHERE p.state = {REQUEST_OPEN} GROUP BY a.alias_id, p.kind = {REQUEST_DATA_REQUEST} ORDER BY 5
LIMIT 50

-- Names of customers and aliases; of: how a command line names it.
-- name: doctor_names
-- out: text name, text of, int is_alias
SELECT c.name, c.name, 0 FROM {registry}.api_customer c
UNION ALL SELECT a.name, CONCAT(c.name, '/', a.name), 1
FROM {tenants}

-- The zones in use, with one who uses it.
-- name: doctor_zones
-- out: text time_zone, text what
SELECT z.time_zone, MIN(z.what)
FROM (SELECT a.time_zone, CONCAT(c.name, '/', a.name) AS what
	FROM {tenants}
	WHERE a.enabled = 1 UNION ALL SELECT s.time_zone, CONCAT('schedule ', s.schedule_id)
	FROM {registry}.api_schedule s WHERE s.deleted_at IS NULL) z
GROUP BY z.time_zone LIMIT 1000

-- name: doctor_tzdata
-- out: text tzdata, int schedules
SELECT tzdata, COUNT(*) FROM {registry}.api_schedule FORCE INDEX (tzdata) WHERE deleted_at IS NULL
GROUP BY tzdata LIMIT 100

-- The enabled Sources, as rows of what is odd.
-- part: source_rows
alias_id, CONCAT('Source ', source_id) FROM {registry}.api_source WHERE enabled = 1

-- What is odd about who may come in, one kind a row with how many there are and the first of them.
-- name: doctor_access
-- in: time long_ago, time now
-- out: text kind, int n, text first_one
SELECT o.kind, COUNT(*), MIN(CONCAT(c.name, '/', a.name, ' ', o.what))
FROM (SELECT 'token-expired' AS kind, alias_id, CONCAT('token ', token_id) AS what
	FROM {registry}.api_token WHERE revoked_at IS NULL AND expires_at < :long_ago
	UNION ALL SELECT 'token-user-disabled', t.alias_id, CONCAT('token ', t.token_id)
	FROM {token_user}
	WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > :now)
		AND t.user_id IS NOT NULL AND (u.enabled IS NULL OR u.enabled = 0)
	UNION ALL SELECT 'token-no-rights', alias_id, CONCAT('token ', token_id)
	FROM {registry}.api_token
	WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now) AND rights = ''
	UNION ALL SELECT 'user-no-rights', alias_id, CONCAT('user ', login) FROM {registry}.api_user
	WHERE enabled = 1 AND rights = ''
	UNION ALL SELECT 'source-open', {source_rows} AND is_open = 1 AND open_ips = ''
	UNION ALL SELECT 'source-open-writes', {source_rows} AND is_open = 1 AND may_write <> 'own'
	UNION ALL SELECT 'source-no-secret', s.alias_id, CONCAT('Source ', s.source_id)
	FROM {registry}.api_source s
	WHERE s.enabled = 1 AND s.scheme <> 'none'
		AND NOT EXISTS (SELECT 1 FROM {registry}.api_source_secret x
			WHERE x.api_source_id = s.api_source_id)
	UNION ALL SELECT 'source-test-orders', {source_rows} AND test_orders = 1) o
	{tenant_of:o}
WHERE a.enabled = 1 GROUP BY o.kind

-- Guests that were set aside (CONTACT_DUPLICATE, an address, a blank, a number), and who has it.
-- name: doctor_guests
-- in: int limit
-- out: int contact_id, int source_id, int kept_contact_id
SELECT d.ContactId, d.SourceId, k.ContactId
FROM ContactIdentifier d JOIN Contact c ON c.ContactId = d.ContactId AND c.DeletionFlag = 0
	JOIN ContactIdentifier k ON k.SourceId = d.SourceId
	AND k.Identifier = CONCAT('email:',
		SUBSTR(d.Identifier, 17,
			CHAR_LENGTH(d.Identifier) - 17 - CHAR_LENGTH(
				SUBSTRING_INDEX(d.Identifier, ' ', -1))))
WHERE d.Identifier LIKE 'email:DUPLICATE %' AND k.ContactId <> d.ContactId
ORDER BY d.Identifier, d.SourceId LIMIT ?

-- ------------------------------------------------------------------ refused requests
-- (store/registry/store_refusal.c, fcgi/access/explain.c)

-- name: refusal_put
-- in: int alias_id, int source_id, text cause, bytes fingerprint, text client, text method
-- in: text path
-- in: text note, text request_id, int refusals, time first_at, time last_at
INSERT INTO {registry}.api_refusal (alias_id, source_id, cause, fingerprint, client, method, path,
	note, request_id, refusals, first_at, last_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE refusals = refusals + VALUES(refusals), request_id = VALUES(request_id),
	first_at = LEAST(first_at, VALUES(first_at)), last_at = VALUES(last_at)

-- name: refusal_count
-- in: int alias_id, int source_id, text cause
-- out: int n
SELECT COUNT(*) FROM {registry}.api_refusal WHERE alias_id = ? AND source_id = ? AND cause = ?

-- What a clock that jumped wrote is yet to come, and leaves first.
-- name: refusal_trim
-- in: int alias_id, int source_id, text cause, time now, int surplus
DELETE FROM {registry}.api_refusal WHERE alias_id = ? AND source_id = ? AND cause = ?
ORDER BY last_at > ? DESC, last_at, fingerprint LIMIT ?

-- name: refusal_newest
-- in: int alias_id, int source_id, text cause
-- out: time last_at
SELECT last_at FROM {registry}.api_refusal WHERE alias_id = ? AND source_id = ? AND cause = ?
ORDER BY last_at DESC LIMIT 1

-- name: refusal_forget
-- in: time before, int limit
DELETE FROM {registry}.api_refusal WHERE last_at < ? ORDER BY last_at LIMIT ?

-- A value that is NULL lets everything pass.
-- name: refusal_list
-- in: int alias_id, int source_id, time from, time until, int limit
-- out: int alias_id, text customer, text alias, int source_id, text cause, text client, text method
-- out: text path, text note, text request_id, int refusals, time first_at, time last_at
SELECT f.alias_id, c.name, a.name, f.source_id, f.cause, f.client, f.method, f.path, f.note,
	f.request_id, f.refusals, f.first_at, f.last_at
FROM {registry}.api_refusal f LEFT JOIN {registry}.api_alias a ON a.alias_id = f.alias_id
	LEFT JOIN {registry}.api_customer c ON c.customer_id = a.customer_id
WHERE f.alias_id = COALESCE(?, f.alias_id) AND f.source_id = COALESCE(?, f.source_id)
	AND f.last_at >= COALESCE(?, f.last_at) AND f.last_at < COALESCE(?, '9999-12-31')
ORDER BY f.last_at DESC, f.alias_id, f.source_id, f.cause, f.fingerprint LIMIT ?

-- Sources that there are whose senders were refused: how many, and the last one.
-- name: refusal_sources
-- in: time from
-- out: int sources, text customer, text alias, int source_id
SELECT COUNT(*) OVER (), c.name, a.name, f.source_id
FROM {registry}.api_refusal f {tenant_of:f}
	JOIN {registry}.api_source s ON s.alias_id = f.alias_id AND s.source_id = f.source_id
WHERE f.last_at >= ? GROUP BY f.alias_id, f.source_id, c.name, a.name ORDER BY MAX(f.last_at) DESC
LIMIT 1

-- What is there of a tenant that was not found: enabled NULL = the customer has no such alias.
-- name: refusal_tenant
-- in: text alias, text customer
-- out: int alias_id, int enabled
SELECT a.alias_id, a.enabled
FROM {registry}.api_customer c LEFT JOIN {registry}.api_alias a ON a.customer_id = c.customer_id
	AND a.name = ?
WHERE c.name = ?

-- Any token, valid or not.
-- name: refusal_token
-- in: bytes token_hash
-- out: int alias_id, time expires_at, time revoked_at, int user_id, int user_enabled
SELECT t.alias_id, t.expires_at, t.revoked_at, t.user_id, u.enabled FROM {token_user}
WHERE t.token_hash = ?

-- A Source that is there, enabled or not.
-- name: refusal_source
-- in: int alias_id, int source_id
-- out: int enabled
SELECT enabled FROM {registry}.api_source WHERE alias_id = ? AND source_id = ?

-- Secrets of the tenant's other Sources.
-- name: refusal_other_secrets
-- in: int alias_id, int source_id
-- out: int source_id, int api_source_id, bytes sealed
SELECT s.source_id, s.api_source_id, k.sealed
FROM {registry}.api_source s
	JOIN {registry}.api_source_secret k ON k.api_source_id = s.api_source_id
WHERE s.alias_id = ? AND s.source_id <> ? ORDER BY k.secret_id DESC LIMIT 16

-- ------------------------------------------------------------------ what actions last answered
-- (store/registry/store_seen.c)

-- name: seen_put
-- in: int alias_id, text action, time last_at, int last_status, time error_at, int error_status
-- in: text error, text payload
INSERT INTO {registry}.api_seen (alias_id, action, last_at, last_status, error_at, error_status,
	error, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE last_at = VALUES(last_at), last_status = VALUES(last_status),
	error_at = COALESCE(VALUES(error_at), error_at),
	error_status = COALESCE(VALUES(error_status), error_status),
	error = COALESCE(VALUES(error), error), payload = COALESCE(VALUES(payload), payload)

-- name: seen_find
-- in: int alias_id, text action
-- out: time last_at, int last_status, time error_at, int error_status, text error, text payload
SELECT last_at, last_status, error_at, error_status, error, payload FROM {registry}.api_seen
WHERE alias_id = ? AND action = ?

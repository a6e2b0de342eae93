-- Persons who stay one: the history of consents, identifiers of which the customer is gone,
-- contacts that were merged into others.

-- Each change of an opt-in; rows are only added, and go with their contact. brand_id,
-- address_type_id: of the address, NULL for an opt-in of the contact itself. channel: as in
-- store/consent.c. statement: what said so; said_at: when that was said. source_id: NULL = no
-- Source.
CREATE TABLE IF NOT EXISTS `api_contact_consent` (
	consent_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	contact_id INT NOT NULL,
	brand_id INT NULL,
	address_type_id SMALLINT NULL,
	channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	old_optin TINYINT(1) NULL,
	new_optin TINYINT(1) NULL,
	statement VARCHAR(200) NOT NULL DEFAULT '',
	said_at DATETIME(6) NULL,
	source_id SMALLINT NULL,
	written_at DATETIME(6) NOT NULL,
	PRIMARY KEY (consent_id),
	KEY contact_id (contact_id, consent_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Since when a Source has no customer of this identifier any more, whom it deleted or merged into
-- another. The identifier goes on leading to its contact.
CREATE TABLE IF NOT EXISTS `api_identifier_end` (
	identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	source_id SMALLINT NOT NULL,
	contact_id INT NOT NULL,
	ended_at DATETIME(6) NOT NULL,
	PRIMARY KEY (identifier, source_id),
	KEY contact_id (contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Which contact a contact that is no more was merged into. A further merge of that one moves the
-- row along.
CREATE TABLE IF NOT EXISTS `api_contact_merge` (
	merged_contact_id INT NOT NULL,
	contact_id INT NOT NULL,
	source_id SMALLINT NULL,
	statement VARCHAR(200) NOT NULL DEFAULT '',
	said_at DATETIME(6) NULL,
	merged_at DATETIME(6) NOT NULL,
	PRIMARY KEY (merged_contact_id),
	KEY contact_id (contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Whoever makes a contact by a mail address stands in line here. Rows live within one transaction
-- only.
CREATE TABLE IF NOT EXISTS `api_contact_lock` (
	hash BINARY(32) NOT NULL,
	PRIMARY KEY (hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

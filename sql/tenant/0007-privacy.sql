-- What was erased: keyed hashes (HMAC-SHA256) of natural keys, so that a late delivery brings
-- nobody back. lasting: a row of that key stands without its person, so that no delivery, however
-- new,
-- may make it again.
CREATE TABLE IF NOT EXISTS api_erased (
	hash BINARY(32) NOT NULL,
	erased_at DATETIME(6) NOT NULL,
	lasting TINYINT(1) NOT NULL,
	PRIMARY KEY (hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- A person is looked for by the mail address.
ALTER TABLE `Address` ADD KEY IF NOT EXISTS Email (Email);

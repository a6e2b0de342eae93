-- Wrong passwords by subject (a hash of an address and a login, or of an address) until the end of
-- its window.

CREATE TABLE IF NOT EXISTS api_login_attempt (
	subject BINARY(32) NOT NULL,
	until_at DATETIME(6) NOT NULL,
	wrong INT UNSIGNED NOT NULL,
	PRIMARY KEY (subject),
	KEY until_at (until_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

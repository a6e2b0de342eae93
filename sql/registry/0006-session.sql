-- Who is signed in on the help pages. session_hash = SHA-256 of the cookie's value, which only the
-- browser has.

CREATE TABLE IF NOT EXISTS api_session (
	session_hash BINARY(32) NOT NULL,
	alias_id INT UNSIGNED NOT NULL,
	user_id INT UNSIGNED NOT NULL,
	created_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (session_hash),
	KEY expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- When a process of the daemon of each kind last looked for work.

CREATE TABLE IF NOT EXISTS api_tick (
	kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	seen_at DATETIME(6) NOT NULL,
	PRIMARY KEY (kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

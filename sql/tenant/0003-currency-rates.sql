-- Rates to the tenant's reference currency: an amount times Rate is the reference amount, from
-- ValidFrom until the next row of the currency.
CREATE TABLE IF NOT EXISTS `CurrencyRate` (
	CurrencyId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	ValidFrom DATETIME(6) NOT NULL,
	Rate DECIMAL(24,12) NOT NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CurrencyId, ValidFrom)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Up to when a process has seen the tenant's rows, and under which circumstances (detail): when
-- these are others, it sees all rows again.
CREATE TABLE IF NOT EXISTS `api_process_state` (
	process VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	seen_to DATETIME(6) NOT NULL,
	detail VARCHAR(64) NOT NULL,
	PRIMARY KEY (process)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

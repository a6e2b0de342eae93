-- Exports of what changed (store/exchange/store_export.h).
--
-- plan: kind, filters, columns as JSON; hash: of that, the connection and the file's name. since:
-- what was written up to then is exported; NULL = nothing yet. begun_at: of its last run.
CREATE TABLE IF NOT EXISTS `api_export` (
	export_id BIGINT NOT NULL AUTO_INCREMENT,
	hash BINARY(32) NOT NULL,
	plan MEDIUMTEXT NOT NULL,
	since DATETIME(6) NULL,
	begun_at DATETIME(6) NOT NULL,
	PRIMARY KEY (export_id),
	UNIQUE KEY hash (hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Rows that an export told of and that were erased since: what named them, sealed, until the next
-- file says that they are deleted. The row is gone then, and after 30 days at the latest.
CREATE TABLE IF NOT EXISTS `api_export_gone` (
	gone_id BIGINT NOT NULL AUTO_INCREMENT,
	export_id BIGINT NOT NULL,
	sealed BLOB NOT NULL,
	gone_at DATETIME(6) NOT NULL,
	PRIMARY KEY (gone_id),
	KEY export (export_id, gone_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- What changed since an instant is looked for.
ALTER TABLE `Contact` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `Address` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `ContactIdentifier` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `Store` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `PurchaseGood` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `LoyaltyCard` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `VoucherCategory` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `Voucher` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `PurchaseHeader` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `PurchaseDetail` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);
ALTER TABLE `LoyaltyPoint` ADD KEY IF NOT EXISTS ModificationDate (ModificationDate);

-- What the shop connectors send beside the original's columns: since when each opt-in is as it is.
-- And goods are found by SKU and EAN as well.
ALTER TABLE `Address` ADD COLUMN IF NOT EXISTS AddressOptinDate DATETIME(6) NULL AFTER AddressOptin;
ALTER TABLE `Address` ADD COLUMN IF NOT EXISTS EmailOptinDate DATETIME(6) NULL AFTER EmailOptin;
ALTER TABLE `Address` ADD COLUMN IF NOT EXISTS HomePhoneOptinDate DATETIME(6) NULL AFTER
	HomePhoneOptin;
ALTER TABLE `Address` ADD COLUMN IF NOT EXISTS MobilePhoneOptinDate DATETIME(6) NULL AFTER
	MobilePhoneOptin;
ALTER TABLE `PurchaseGood` ADD INDEX IF NOT EXISTS Sku (Sku);
ALTER TABLE `PurchaseGood` ADD INDEX IF NOT EXISTS Ean13 (Ean13);

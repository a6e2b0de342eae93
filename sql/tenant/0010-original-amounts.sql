-- What was first ordered stays visible beside what the purchase comes to now: columns beyond the
-- original's model.
ALTER TABLE `PurchaseHeader` ADD COLUMN IF NOT EXISTS OriginalAmount DECIMAL(19,4) NULL AFTER
	DiscountAmount;
ALTER TABLE `PurchaseDetail` ADD COLUMN IF NOT EXISTS OriginalQuantity DECIMAL(19,4) NULL AFTER
	DiscountAmount;
ALTER TABLE `PurchaseDetail` ADD COLUMN IF NOT EXISTS OriginalAmount DECIMAL(19,4) NULL AFTER
	OriginalQuantity;

-- What an order charges or gives back beside its goods.
INSERT INTO `PurchaseGoodType` (PurchaseGoodTypeId, Label, CreationDate, ModificationDate) VALUES
	(5, 'Tip', '2026-01-01', '2026-01-01'),
	(6, 'Duty', '2026-01-01', '2026-01-01'),
	(7, 'Fee', '2026-01-01', '2026-01-01'),
	(8, 'Gift wrapping', '2026-01-01', '2026-01-01'),
	(9, 'Adjustment', '2026-01-01', '2026-01-01')
ON DUPLICATE KEY UPDATE PurchaseGoodTypeId = VALUES(PurchaseGoodTypeId);

-- The good of shipping was named by the first order that had any.
UPDATE `PurchaseGood` SET Label = 'Shipping' WHERE Identifier = 'shipping-fee'
	AND PurchaseGoodTypeId = 2;

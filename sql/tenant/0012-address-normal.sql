-- The normal form of Address.Email, in which addresses are compared and found. After this file the
-- program fills it, and gives guests' identifiers that form (store/migrate_address.h).
ALTER TABLE `Address` ADD COLUMN IF NOT EXISTS EmailNormal VARCHAR(254) CHARACTER
	SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL AFTER Email,
	ADD KEY IF NOT EXISTS EmailNormal (EmailNormal);

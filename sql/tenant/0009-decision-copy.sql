-- Only while decision tables are being made: the contacts that they are about, and their addresses,
-- so that all tables speak of the same ones.
CREATE TABLE IF NOT EXISTS `DecisionWorkContact` (
	ContactId INT NOT NULL,
	ZoneId INT NULL,
	GlobalOptin TINYINT(1) NULL,
	ContactStateId SMALLINT NULL,
	PRIMARY KEY (ContactId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Has…: whether there is a value for the channel.
CREATE TABLE IF NOT EXISTS `DecisionWorkAddress` (
	ContactId INT NOT NULL,
	BrandId INT NOT NULL,
	ContactAddressTypeId SMALLINT NOT NULL,
	HasEmail TINYINT(1) NOT NULL,
	EmailOptin TINYINT(1) NULL,
	EmailStateId INT NULL,
	HasMobilePhone TINYINT(1) NOT NULL,
	MobilePhoneOptin TINYINT(1) NULL,
	MobilePhoneStateId INT NULL,
	HasHomePhone TINYINT(1) NOT NULL,
	HomePhoneOptin TINYINT(1) NULL,
	HomePhoneStateId INT NULL,
	HasAddress TINYINT(1) NOT NULL,
	AddressOptin TINYINT(1) NULL,
	AddressStateId INT NULL,
	PRIMARY KEY (ContactId, BrandId, ContactAddressTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

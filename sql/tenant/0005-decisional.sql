-- Decision tables, made by RefreshDecisionalData (sql/queries.sql says how). Each has a twin …Next
-- of the same columns in which the next content is built; one RENAME TABLE
-- then exchanges all of them. Whoever changes one changes its twin. Months are those of the
-- tenant's zone and are named by their first day; 0 stands for "without" in keys.

-- One row: what the other tables are about. AsOf: purchases after it are not in them.
CREATE TABLE IF NOT EXISTS `DecisionState` (
	DecisionStateId TINYINT NOT NULL,
	AsOf DATETIME(6) NOT NULL,
	TimeZone VARCHAR(64) NOT NULL,
	ReferenceCurrencyId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Contacts INT NOT NULL,
	Purchases INT NOT NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (DecisionStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Every contact that is not deleted. Of one without purchases, dates, amounts and quintiles are
-- NULL.
CREATE TABLE IF NOT EXISTS `DecisionContact` (
	ContactId INT NOT NULL,
	ZoneId INT NULL,
	FirstPurchaseDate DATETIME(6) NULL,
	LastPurchaseDate DATETIME(6) NULL,
	FirstPurchaseMonth DATE NULL,
	PurchaseCount INT NOT NULL,
	PurchaseCount12Months INT NOT NULL,
	PurchaseCount24Months INT NOT NULL,
	UnpricedCount INT NOT NULL,
	Quantity DECIMAL(23,4) NULL,
	RefAmount DECIMAL(23,4) NULL,
	RefAmount12Months DECIMAL(23,4) NULL,
	RefAmount24Months DECIMAL(23,4) NULL,
	AverageBasket DECIMAL(19,4) NULL,
	RecencyQuintile TINYINT NULL,
	FrequencyQuintile TINYINT NULL,
	MonetaryQuintile TINYINT NULL,
	RfmSegment VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PointBalance DECIMAL(23,4) NOT NULL,
	GlobalOptin TINYINT(1) NULL,
	EmailOptin TINYINT(1) NULL,
	MobilePhoneOptin TINYINT(1) NULL,
	HomePhoneOptin TINYINT(1) NULL,
	AddressOptin TINYINT(1) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactId),
	KEY LastPurchaseDate (LastPurchaseDate),
	KEY PurchaseCount (PurchaseCount),
	KEY RefAmount (RefAmount),
	KEY RfmSegment (RfmSegment)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `DecisionMonth` (
	Month DATE NOT NULL,
	BrandId INT NOT NULL,
	ZoneId INT NOT NULL,
	StoreId INT NOT NULL,
	SourceId SMALLINT NOT NULL,
	Purchases INT NOT NULL,
	UnpricedPurchases INT NOT NULL,
	Quantity DECIMAL(23,4) NOT NULL,
	RefAmount DECIMAL(23,4) NOT NULL,
	Customers INT NOT NULL,
	NewCustomers INT NOT NULL,
	ReturningCustomers INT NOT NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (Month, BrandId, ZoneId, StoreId, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `DecisionContactability` (
	Channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	BrandId INT NOT NULL,
	ZoneId INT NOT NULL,
	Optin VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	StateId INT NOT NULL,
	Contacts INT NOT NULL,
	Contactable INT NOT NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (Channel, BrandId, ZoneId, Optin, StateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `DecisionCohort` (
	CohortMonth DATE NOT NULL,
	Month DATE NOT NULL,
	MonthNumber SMALLINT NOT NULL,
	CohortContacts INT NOT NULL,
	ActiveContacts INT NOT NULL,
	Retention DECIMAL(9,6) NOT NULL,
	Purchases INT NOT NULL,
	RefAmount DECIMAL(23,4) NOT NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CohortMonth, Month)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `DecisionStateNext` LIKE `DecisionState`;
CREATE TABLE IF NOT EXISTS `DecisionContactNext` LIKE `DecisionContact`;
CREATE TABLE IF NOT EXISTS `DecisionMonthNext` LIKE `DecisionMonth`;
CREATE TABLE IF NOT EXISTS `DecisionContactabilityNext` LIKE `DecisionContactability`;
CREATE TABLE IF NOT EXISTS `DecisionCohortNext` LIKE `DecisionCohort`;

-- Only while they are being made: when each month begins, and the purchases that count, so that all
-- tables speak of the same ones. ContactId 0: without.
CREATE TABLE IF NOT EXISTS `DecisionWorkMonth` (
	StartsAt DATETIME(6) NOT NULL,
	Month DATE NOT NULL,
	PRIMARY KEY (StartsAt)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `DecisionWorkPurchase` (
	ContactId INT NOT NULL,
	PurchaseDate DATETIME(6) NOT NULL,
	PurchaseHeaderId INT NOT NULL,
	Month DATE NOT NULL,
	BrandId INT NOT NULL,
	ZoneId INT NOT NULL,
	StoreId INT NOT NULL,
	SourceId SMALLINT NOT NULL,
	RefAmount DECIMAL(19,4) NULL,
	Quantity DECIMAL(23,4) NOT NULL,
	PRIMARY KEY (ContactId, PurchaseDate, PurchaseHeaderId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- The customer model, made from store/entity_table.c (t/20-entity.t compares). No FOREIGN KEY
-- constraints: rows arrive from several systems in any order, and
-- deletions are flags; the natural keys are what must hold.

CREATE TABLE IF NOT EXISTS `Contact` (
	ContactId INT NOT NULL AUTO_INCREMENT,
	GenderId SMALLINT NULL,
	CivilityId SMALLINT NULL,
	TitleId SMALLINT NULL,
	FirstName VARCHAR(200) NULL,
	MiddleName VARCHAR(200) NULL,
	LastName VARCHAR(200) NULL,
	LastName2 VARCHAR(200) NULL,
	FirstNameSecondAlphabet VARCHAR(200) NULL,
	MiddleNameSecondAlphabet VARCHAR(200) NULL,
	LastNameSecondAlphabet VARCHAR(200) NULL,
	LastName2SecondAlphabet VARCHAR(200) NULL,
	BirthDate DATETIME(6) NULL,
	BirthDay SMALLINT NULL,
	BirthMonth SMALLINT NULL,
	BirthYear SMALLINT NULL,
	MaritalStatusId SMALLINT NULL,
	JobTitle VARCHAR(200) NULL,
	CompanyName VARCHAR(200) NULL,
	GlobalOptin TINYINT(1) NULL,
	GlobalPartnerOptin TINYINT(1) NULL,
	ContactStateId SMALLINT NULL,
	ContactTypeId SMALLINT NULL,
	AdvertiserCreationDate DATETIME(6) NULL,
	NationalityId SMALLINT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	FreeField1 VARCHAR(500) NULL,
	FreeField2 VARCHAR(500) NULL,
	FreeField3 VARCHAR(500) NULL,
	FreeField4 VARCHAR(500) NULL,
	FreeField5 VARCHAR(500) NULL,
	FreeFieldDateTime1 DATETIME(6) NULL,
	FreeFieldDateTime2 DATETIME(6) NULL,
	FreeFieldDateTime3 DATETIME(6) NULL,
	FreeFieldDateTime4 DATETIME(6) NULL,
	FreeFieldDateTime5 DATETIME(6) NULL,
	FreeFieldNumber1 DECIMAL(19,4) NULL,
	FreeFieldNumber2 DECIMAL(19,4) NULL,
	FreeFieldNumber3 DECIMAL(19,4) NULL,
	FreeFieldNumber4 DECIMAL(19,4) NULL,
	FreeFieldNumber5 DECIMAL(19,4) NULL,
	FreeFieldBoolean1 TINYINT(1) NULL,
	FreeFieldBoolean2 TINYINT(1) NULL,
	FreeFieldBoolean3 TINYINT(1) NULL,
	FreeFieldBoolean4 TINYINT(1) NULL,
	FreeFieldBoolean5 TINYINT(1) NULL,
	ZoneId INT NULL,
	ZoneIdString VARCHAR(255) NULL,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Address` (
	AddressId INT NOT NULL AUTO_INCREMENT,
	ContactId INT NOT NULL,
	Address1 VARCHAR(255) NULL,
	Address2 VARCHAR(255) NULL,
	Address3 VARCHAR(255) NULL,
	Address4 VARCHAR(255) NULL,
	Address5 VARCHAR(255) NULL,
	Address6 VARCHAR(255) NULL,
	Address7 VARCHAR(255) NULL,
	PostCode VARCHAR(32) NULL,
	City VARCHAR(200) NULL,
	State VARCHAR(200) NULL,
	CountryId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	AddressOptin TINYINT(1) NULL,
	AddressAdvertiserCreationDate DATETIME(6) NULL,
	AddressStateId INT NULL,
	Email VARCHAR(254) NULL,
	EmailOptin TINYINT(1) NULL,
	EmailAdvertiserCreationDate DATETIME(6) NULL,
	EmailStateId INT NULL,
	HomePhoneNumber VARCHAR(64) NULL,
	HomePhoneCountryId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	HomePhoneOptin TINYINT(1) NULL,
	HomePhoneAdvertiserCreationDate DATETIME(6) NULL,
	HomePhoneStateId INT NULL,
	MobilePhoneNumber VARCHAR(64) NULL,
	MobilePhoneCountryId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	MobilePhoneOptin TINYINT(1) NULL,
	MobilePhoneAdvertiserCreationDate DATETIME(6) NULL,
	MobilePhoneStateId INT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	BrandId INT NOT NULL,
	ContactAddressTypeId SMALLINT NOT NULL,
	BrandIdString VARCHAR(255) NULL,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (AddressId),
	UNIQUE KEY natural_key (ContactId, BrandId, ContactAddressTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactIdentifier` (
	ContactIdentifierId VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	ContactId INT NOT NULL,
	SourceId SMALLINT NOT NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactIdentifierId),
	UNIQUE KEY natural_key (Identifier, SourceId),
	KEY ContactId (ContactId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactLink` (
	ContactLinkId INT NOT NULL AUTO_INCREMENT,
	ContactAscendantId INT NOT NULL,
	ContactDescendantId INT NOT NULL,
	ContactLinkTypeId SMALLINT NOT NULL,
	SourceId SMALLINT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactLinkId),
	UNIQUE KEY natural_key (ContactAscendantId, ContactDescendantId, ContactLinkTypeId),
	KEY ContactDescendantId (ContactDescendantId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactInterest` (
	ContactInterestId INT NOT NULL AUTO_INCREMENT,
	ContactInterestIdentifier VARCHAR(255) CHARACTER
		SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	ContactId INT NOT NULL,
	ContactInterestCategoryId SMALLINT NULL,
	PurchaseGoodId INT NULL,
	PurchaseGoodCategoryId SMALLINT NULL,
	InterestDate DATETIME(6) NULL,
	FreeField1 VARCHAR(500) NULL,
	FreeField2 VARCHAR(500) NULL,
	FreeField3 VARCHAR(500) NULL,
	FreeField4 VARCHAR(500) NULL,
	FreeField5 VARCHAR(500) NULL,
	FreeFieldDateTime1 DATETIME(6) NULL,
	FreeFieldDateTime2 DATETIME(6) NULL,
	FreeFieldDateTime3 DATETIME(6) NULL,
	FreeFieldDateTime4 DATETIME(6) NULL,
	FreeFieldDateTime5 DATETIME(6) NULL,
	FreeFieldNumber1 DECIMAL(19,4) NULL,
	FreeFieldNumber2 DECIMAL(19,4) NULL,
	FreeFieldNumber3 DECIMAL(19,4) NULL,
	FreeFieldNumber4 DECIMAL(19,4) NULL,
	FreeFieldNumber5 DECIMAL(19,4) NULL,
	FreeFieldBoolean1 TINYINT(1) NULL,
	FreeFieldBoolean2 TINYINT(1) NULL,
	FreeFieldBoolean3 TINYINT(1) NULL,
	FreeFieldBoolean4 TINYINT(1) NULL,
	FreeFieldBoolean5 TINYINT(1) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceId SMALLINT NOT NULL,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactInterestId),
	UNIQUE KEY natural_key (ContactInterestIdentifier, SourceId),
	KEY ContactId (ContactId),
	KEY ContactInterestCategoryId (ContactInterestCategoryId),
	KEY PurchaseGoodId (PurchaseGoodId),
	KEY PurchaseGoodCategoryId (PurchaseGoodCategoryId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactInterestCategory` (
	HierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ParentHierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ContactInterestCategoryId SMALLINT NOT NULL AUTO_INCREMENT,
	HierarchyLevel SMALLINT NULL,
	Label VARCHAR(200) NULL,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	SourceId SMALLINT NOT NULL,
	ContactInterestCategoryPath VARCHAR(1000) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactInterestCategoryId),
	UNIQUE KEY natural_key (Identifier, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `AttachedStore` (
	AttachedStoreId INT NOT NULL AUTO_INCREMENT,
	ContactId INT NOT NULL,
	StoreId INT NOT NULL,
	AttachedStoreTypeId SMALLINT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (AttachedStoreId),
	UNIQUE KEY natural_key (ContactId, StoreId),
	KEY StoreId (StoreId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Case` (
	CaseId INT NOT NULL AUTO_INCREMENT,
	CaseIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	ContactId INT NULL,
	CaseCategoryId SMALLINT NULL,
	CaseStateId SMALLINT NULL,
	Label VARCHAR(200) NULL,
	Description TEXT NULL,
	CaseDate DATETIME(6) NULL,
	CloseDate DATETIME(6) NULL,
	SourceId SMALLINT NOT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CaseId),
	UNIQUE KEY natural_key (CaseIdentifier, SourceId),
	KEY ContactId (ContactId),
	KEY CaseCategoryId (CaseCategoryId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `CaseCategory` (
	HierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ParentHierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	HierarchyLevel SMALLINT NULL,
	CaseCategoryId SMALLINT NOT NULL AUTO_INCREMENT,
	Label VARCHAR(200) NULL,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	SourceId SMALLINT NOT NULL,
	CaseCategoryPath VARCHAR(1000) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CaseCategoryId),
	UNIQUE KEY natural_key (Identifier, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Segment` (
	SegmentId INT NOT NULL AUTO_INCREMENT,
	ContactId INT NOT NULL,
	SegmentTypeId SMALLINT NOT NULL,
	SegmentationId INT NULL,
	PurchaseGoodCategoryId SMALLINT NULL,
	SourceId SMALLINT NULL,
	SegmentDate DATETIME(6) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (SegmentId),
	UNIQUE KEY natural_key (ContactId, SegmentTypeId),
	KEY SegmentTypeId (SegmentTypeId),
	KEY SegmentationId (SegmentationId),
	KEY PurchaseGoodCategoryId (PurchaseGoodCategoryId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `SegmentType` (
	SegmentTypeId SMALLINT NOT NULL AUTO_INCREMENT,
	Label VARCHAR(200) NULL,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	SourceId SMALLINT NOT NULL,
	SegmentationId INT NULL,
	SegmentationIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (SegmentTypeId),
	UNIQUE KEY natural_key (Identifier, SourceId),
	KEY SegmentationId (SegmentationId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Segmentation` (
	SegmentationId INT NOT NULL AUTO_INCREMENT,
	Label VARCHAR(200) NULL,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	SourceId SMALLINT NOT NULL,
	SegmentationTypeId SMALLINT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	ProcessDate DATETIME(6) NULL,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (SegmentationId),
	UNIQUE KEY natural_key (Identifier, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Source` (
	SourceId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceParameter VARCHAR(1000) NULL,
	SourceTypeId SMALLINT NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Zone` (
	HierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ParentHierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	HierarchyLevel SMALLINT NULL,
	ZoneId INT NOT NULL AUTO_INCREMENT,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	ZoneHierarchyLabel VARCHAR(1000) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ZoneId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Brand` (
	HierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ParentHierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	HierarchyLevel SMALLINT NULL,
	BrandId INT NOT NULL AUTO_INCREMENT,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	BrandPath VARCHAR(1000) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (BrandId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Store` (
	StoreId INT NOT NULL AUTO_INCREMENT,
	StoreIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	Address1 VARCHAR(255) NULL,
	Address2 VARCHAR(255) NULL,
	PostCode VARCHAR(32) NULL,
	City VARCHAR(200) NULL,
	CountryId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	Email VARCHAR(254) NULL,
	PhoneNumber VARCHAR(64) NULL,
	ZoneId INT NULL,
	BrandId INT NULL,
	SourceId SMALLINT NOT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (StoreId),
	UNIQUE KEY natural_key (StoreIdentifier, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `MarketingAction` (
	MarketingActionId INT NOT NULL AUTO_INCREMENT,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	ZoneId INT NULL,
	SourceId SMALLINT NOT NULL,
	StartDate DATETIME(6) NULL,
	EndDate DATETIME(6) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (MarketingActionId),
	UNIQUE KEY natural_key (Identifier, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `MarketingExecution` (
	MarketingExecutionId INT NOT NULL AUTO_INCREMENT,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	MarketingActionId INT NULL,
	Label VARCHAR(200) NULL,
	BrandId INT NULL,
	SourceId SMALLINT NOT NULL,
	ExecutionDate DATETIME(6) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (MarketingExecutionId),
	UNIQUE KEY natural_key (Identifier, SourceId),
	KEY MarketingActionId (MarketingActionId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `MarketingParticipant` (
	MarketingParticipantId INT NOT NULL AUTO_INCREMENT,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	ContactId INT NULL,
	MarketingActionId INT NULL,
	MarketingExecutionId INT NULL,
	SourceId SMALLINT NOT NULL,
	ParticipationDate DATETIME(6) NULL,
	FreeField1 VARCHAR(500) NULL,
	FreeField2 VARCHAR(500) NULL,
	FreeField3 VARCHAR(500) NULL,
	FreeField4 VARCHAR(500) NULL,
	FreeField5 VARCHAR(500) NULL,
	FreeFieldDateTime1 DATETIME(6) NULL,
	FreeFieldDateTime2 DATETIME(6) NULL,
	FreeFieldDateTime3 DATETIME(6) NULL,
	FreeFieldDateTime4 DATETIME(6) NULL,
	FreeFieldDateTime5 DATETIME(6) NULL,
	FreeFieldNumber1 DECIMAL(19,4) NULL,
	FreeFieldNumber2 DECIMAL(19,4) NULL,
	FreeFieldNumber3 DECIMAL(19,4) NULL,
	FreeFieldNumber4 DECIMAL(19,4) NULL,
	FreeFieldNumber5 DECIMAL(19,4) NULL,
	FreeFieldBoolean1 TINYINT(1) NULL,
	FreeFieldBoolean2 TINYINT(1) NULL,
	FreeFieldBoolean3 TINYINT(1) NULL,
	FreeFieldBoolean4 TINYINT(1) NULL,
	FreeFieldBoolean5 TINYINT(1) NULL,
	Content TEXT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (MarketingParticipantId),
	UNIQUE KEY natural_key (Identifier, SourceId),
	KEY ContactId (ContactId),
	KEY MarketingActionId (MarketingActionId),
	KEY MarketingExecutionId (MarketingExecutionId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseHeader` (
	PurchaseHeaderId INT NOT NULL AUTO_INCREMENT,
	PurchaseIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	CheckoutIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	PurchaseReference VARCHAR(255) NULL,
	ContactId INT NULL,
	BrandId INT NULL,
	ZoneId INT NULL,
	StoreId INT NULL,
	SourceId SMALLINT NOT NULL,
	PurchaseTypeId SMALLINT NULL,
	PurchaseStatusId SMALLINT NULL,
	PurchaseDate DATETIME(6) NULL,
	PurchaseStatusDate DATETIME(6) NULL,
	PaymentMethod VARCHAR(200) NULL,
	CurrencyId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	Amount DECIMAL(19,4) NULL,
	TaxFreeAmount DECIMAL(19,4) NULL,
	DiscountAmount DECIMAL(19,4) NULL,
	RefAmount DECIMAL(19,4) NULL,
	RefTaxFreeAmount DECIMAL(19,4) NULL,
	RefDiscountAmount DECIMAL(19,4) NULL,
	VoucherId INT NULL,
	CarrierName VARCHAR(200) NULL,
	CarrierTrackerCode VARCHAR(255) NULL,
	CarrierUri VARCHAR(1000) NULL,
	BackofficeUri VARCHAR(1000) NULL,
	FreeField1 VARCHAR(500) NULL,
	FreeField2 VARCHAR(500) NULL,
	FreeField3 VARCHAR(500) NULL,
	FreeField4 VARCHAR(500) NULL,
	FreeField5 VARCHAR(500) NULL,
	FreeFieldDateTime1 DATETIME(6) NULL,
	FreeFieldDateTime2 DATETIME(6) NULL,
	FreeFieldDateTime3 DATETIME(6) NULL,
	FreeFieldDateTime4 DATETIME(6) NULL,
	FreeFieldDateTime5 DATETIME(6) NULL,
	FreeFieldNumber1 DECIMAL(19,4) NULL,
	FreeFieldNumber2 DECIMAL(19,4) NULL,
	FreeFieldNumber3 DECIMAL(19,4) NULL,
	FreeFieldNumber4 DECIMAL(19,4) NULL,
	FreeFieldNumber5 DECIMAL(19,4) NULL,
	FreeFieldBoolean1 TINYINT(1) NULL,
	FreeFieldBoolean2 TINYINT(1) NULL,
	FreeFieldBoolean3 TINYINT(1) NULL,
	FreeFieldBoolean4 TINYINT(1) NULL,
	FreeFieldBoolean5 TINYINT(1) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseHeaderId),
	UNIQUE KEY natural_key (PurchaseIdentifier, SourceId),
	KEY ContactId (ContactId),
	KEY StoreId (StoreId),
	KEY VoucherId (VoucherId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseDetail` (
	PurchaseDetailId INT NOT NULL AUTO_INCREMENT,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	PurchaseHeaderId INT NOT NULL,
	PurchaseGoodId INT NULL,
	Sku VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	Label VARCHAR(500) NULL,
	SourceId SMALLINT NULL,
	Quantity DECIMAL(19,4) NULL,
	Amount DECIMAL(19,4) NULL,
	TaxFreeAmount DECIMAL(19,4) NULL,
	DiscountAmount DECIMAL(19,4) NULL,
	RefAmount DECIMAL(19,4) NULL,
	RefTaxFreeAmount DECIMAL(19,4) NULL,
	RefDiscountAmount DECIMAL(19,4) NULL,
	PurchaseStatusId SMALLINT NULL,
	PurchaseStatusDate DATETIME(6) NULL,
	CarrierName VARCHAR(200) NULL,
	CarrierTrackerCode VARCHAR(255) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseDetailId),
	UNIQUE KEY natural_key (PurchaseHeaderId, Identifier),
	KEY PurchaseGoodId (PurchaseGoodId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseGood` (
	PurchaseGoodId INT NOT NULL AUTO_INCREMENT,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Sku VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	Ean13 VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	Reference VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	Label VARCHAR(500) NULL,
	Description TEXT NULL,
	Uri VARCHAR(1000) NULL,
	ImageUri VARCHAR(1000) NULL,
	PurchaseGoodTypeId SMALLINT NULL,
	PurchaseGoodCategoryId SMALLINT NULL,
	BrandId INT NULL,
	Price DECIMAL(19,4) NULL,
	CurrencyId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	SourceId SMALLINT NOT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseGoodId),
	UNIQUE KEY natural_key (Identifier, SourceId),
	KEY Reference (Reference),
	KEY PurchaseGoodCategoryId (PurchaseGoodCategoryId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseGoodCategory` (
	HierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ParentHierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	HierarchyLevel SMALLINT NULL,
	PurchaseGoodCategoryId SMALLINT NOT NULL AUTO_INCREMENT,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	SourceId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	BrandId INT NULL,
	PurchaseGoodCategoryPath VARCHAR(1000) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseGoodCategoryId),
	UNIQUE KEY natural_key (Identifier, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseStatus` (
	PurchaseStatusId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	Accountable TINYINT(1) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseStatusId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseType` (
	PurchaseTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseGoodType` (
	PurchaseGoodTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseGoodTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `LoyaltyCard` (
	LoyaltyCardId INT NOT NULL AUTO_INCREMENT,
	CardIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	ContactId INT NULL,
	LoyaltyCardTypeId SMALLINT NULL,
	BrandId INT NULL,
	SourceId SMALLINT NOT NULL,
	StartDate DATETIME(6) NULL,
	EndDate DATETIME(6) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (LoyaltyCardId),
	UNIQUE KEY natural_key (CardIdentifier, SourceId),
	KEY ContactId (ContactId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `LoyaltyCardAction` (
	LoyaltyCardActionId INT NOT NULL AUTO_INCREMENT,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	LoyaltyCardId INT NOT NULL,
	Label VARCHAR(200) NULL,
	ActionDate DATETIME(6) NULL,
	SourceId SMALLINT NOT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (LoyaltyCardActionId),
	UNIQUE KEY natural_key (Identifier, SourceId),
	KEY LoyaltyCardId (LoyaltyCardId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `LoyaltyPoint` (
	LoyaltyPointId INT NOT NULL AUTO_INCREMENT,
	PurchaseHeaderId INT NULL,
	VoucherId INT NULL,
	ContactId INT NULL,
	LoyaltyCardId INT NULL,
	PointTypeId SMALLINT NULL,
	PointAmount DECIMAL(19,4) NULL,
	PointOriginalAmount DECIMAL(19,4) NULL,
	PointUsedAmount DECIMAL(19,4) NULL,
	PointExpiredAmount DECIMAL(19,4) NULL,
	DatePoint DATETIME(6) NULL,
	ExpiredDatePoint DATETIME(6) NULL,
	FreeField1 VARCHAR(500) NULL,
	FreeField2 VARCHAR(500) NULL,
	FreeField3 VARCHAR(500) NULL,
	FreeField4 VARCHAR(500) NULL,
	FreeField5 VARCHAR(500) NULL,
	FreeFieldDateTime1 DATETIME(6) NULL,
	FreeFieldDateTime2 DATETIME(6) NULL,
	FreeFieldDateTime3 DATETIME(6) NULL,
	FreeFieldDateTime4 DATETIME(6) NULL,
	FreeFieldDateTime5 DATETIME(6) NULL,
	FreeFieldNumber1 DECIMAL(19,4) NULL,
	FreeFieldNumber2 DECIMAL(19,4) NULL,
	FreeFieldNumber3 DECIMAL(19,4) NULL,
	FreeFieldNumber4 DECIMAL(19,4) NULL,
	FreeFieldNumber5 DECIMAL(19,4) NULL,
	FreeFieldBoolean1 TINYINT(1) NULL,
	FreeFieldBoolean2 TINYINT(1) NULL,
	FreeFieldBoolean3 TINYINT(1) NULL,
	FreeFieldBoolean4 TINYINT(1) NULL,
	FreeFieldBoolean5 TINYINT(1) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	PointIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	SourceId SMALLINT NOT NULL,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (LoyaltyPointId),
	UNIQUE KEY natural_key (PointIdentifier, SourceId),
	KEY PurchaseHeaderId (PurchaseHeaderId),
	KEY VoucherId (VoucherId),
	KEY ContactId (ContactId),
	KEY LoyaltyCardId (LoyaltyCardId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Voucher` (
	VoucherId INT NOT NULL AUTO_INCREMENT,
	VoucherIdentifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	ContactId INT NULL,
	LoyaltyCardId INT NULL,
	SourceId SMALLINT NOT NULL,
	VoucherCode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	VoucherTypeId SMALLINT NULL,
	VoucherStateId SMALLINT NULL,
	Amount DECIMAL(19,4) NULL,
	CurrencyId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ValidityStartDate DATETIME(6) NULL,
	ValidityEndDate DATETIME(6) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	VoucherCategoryId SMALLINT NULL,
	UseDate DATETIME(6) NULL,
	RefAmount DECIMAL(19,4) NULL,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (VoucherId),
	UNIQUE KEY natural_key (VoucherIdentifier, SourceId),
	KEY ContactId (ContactId),
	KEY LoyaltyCardId (LoyaltyCardId),
	KEY VoucherCategoryId (VoucherCategoryId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `VoucherCategory` (
	HierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	ParentHierarchyNode VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	HierarchyLevel SMALLINT NULL,
	VoucherCategoryId SMALLINT NOT NULL AUTO_INCREMENT,
	Label VARCHAR(200) NULL,
	Identifier VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	SourceId SMALLINT NOT NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	VoucherCategoryPath VARCHAR(1000) NULL,
	VoucherTypeId SMALLINT NULL,
	Amount DECIMAL(19,4) NULL,
	PointCost INT NULL,
	LoyaltyCardTypeId SMALLINT NULL,
	VoucherExpirationDelayDay INT NULL,
	VoucherExpirationDelayMonth INT NULL,
	VoucherExpirationDelayYear INT NULL,
	SourceStamp DATETIME(6) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (VoucherCategoryId),
	UNIQUE KEY natural_key (Identifier, SourceId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `LoyaltyCardType` (
	LoyaltyCardTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (LoyaltyCardTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `LoyaltyPointType` (
	LoyaltyPointTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (LoyaltyPointTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `VoucherType` (
	VoucherTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (VoucherTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `VoucherState` (
	VoucherStateId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (VoucherStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `SourceType` (
	SourceTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (SourceTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactType` (
	ContactTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactLinkType` (
	ContactLinkTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactLinkTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactState` (
	ContactStateId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactAddressType` (
	ContactAddressTypeId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactAddressTypeId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `CaseState` (
	CaseStateId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CaseStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Civility` (
	CivilityId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CivilityId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Gender` (
	GenderId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (GenderId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Title` (
	TitleId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (TitleId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `MaritalStatus` (
	MaritalStatusId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (MaritalStatusId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Nationality` (
	NationalityId SMALLINT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (NationalityId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `EmailState` (
	EmailStateId INT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (EmailStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `HomePhoneState` (
	HomePhoneStateId INT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (HomePhoneStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `MobilePhoneState` (
	MobilePhoneStateId INT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (MobilePhoneStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PostalAddressState` (
	PostalAddressStateId INT NOT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PostalAddressStateId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Language` (
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Alpha2 VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Country` (
	CountryId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Alpha2 VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
	NumericCode SMALLINT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CountryId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `Currency` (
	CurrencyId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	NumericCode SMALLINT NULL,
	Label VARCHAR(200) NULL,
	DeletionFlag TINYINT(1) NOT NULL DEFAULT 0,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CurrencyId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `SourceTranslation` (
	SourceTranslationId INT NOT NULL AUTO_INCREMENT,
	SourceId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (SourceTranslationId),
	UNIQUE KEY natural_key (SourceId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `BrandTranslation` (
	BrandTranslationId INT NOT NULL AUTO_INCREMENT,
	BrandId INT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (BrandTranslationId),
	UNIQUE KEY natural_key (BrandId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ZoneTranslation` (
	ZoneTranslationId INT NOT NULL AUTO_INCREMENT,
	ZoneId INT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ZoneTranslationId),
	UNIQUE KEY natural_key (ZoneId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `CaseStateTranslation` (
	CaseStateTranslationId INT NOT NULL AUTO_INCREMENT,
	CaseStateId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (CaseStateTranslationId),
	UNIQUE KEY natural_key (CaseStateId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactTypeTranslation` (
	ContactTypeTranslationId INT NOT NULL AUTO_INCREMENT,
	ContactTypeId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactTypeTranslationId),
	UNIQUE KEY natural_key (ContactTypeId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactLinkTypeTranslation` (
	ContactLinkTypeTranslationId INT NOT NULL AUTO_INCREMENT,
	ContactLinkTypeId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactLinkTypeTranslationId),
	UNIQUE KEY natural_key (ContactLinkTypeId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `ContactInterestCategoryTranslation` (
	ContactInterestCategoryTranslationId INT NOT NULL AUTO_INCREMENT,
	ContactInterestCategoryId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (ContactInterestCategoryTranslationId),
	UNIQUE KEY natural_key (ContactInterestCategoryId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `LoyaltyPointTypeTranslation` (
	LoyaltyPointTypeTranslationId INT NOT NULL AUTO_INCREMENT,
	LoyaltyPointTypeId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (LoyaltyPointTypeTranslationId),
	UNIQUE KEY natural_key (LoyaltyPointTypeId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseTypeTranslation` (
	PurchaseTypeTranslationId INT NOT NULL AUTO_INCREMENT,
	PurchaseTypeId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseTypeTranslationId),
	UNIQUE KEY natural_key (PurchaseTypeId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseStatusTranslation` (
	PurchaseStatusTranslationId INT NOT NULL AUTO_INCREMENT,
	PurchaseStatusId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseStatusTranslationId),
	UNIQUE KEY natural_key (PurchaseStatusId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseGoodTypeTranslation` (
	PurchaseGoodTypeTranslationId INT NOT NULL AUTO_INCREMENT,
	PurchaseGoodTypeId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseGoodTypeTranslationId),
	UNIQUE KEY natural_key (PurchaseGoodTypeId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `PurchaseGoodCategoryTranslation` (
	PurchaseGoodCategoryTranslationId INT NOT NULL AUTO_INCREMENT,
	PurchaseGoodCategoryId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (PurchaseGoodCategoryTranslationId),
	UNIQUE KEY natural_key (PurchaseGoodCategoryId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `VoucherTypeTranslation` (
	VoucherTypeTranslationId INT NOT NULL AUTO_INCREMENT,
	VoucherTypeId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (VoucherTypeTranslationId),
	UNIQUE KEY natural_key (VoucherTypeId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS `VoucherCategoryTranslation` (
	VoucherCategoryTranslationId INT NOT NULL AUTO_INCREMENT,
	VoucherCategoryId SMALLINT NOT NULL,
	LanguageId VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	Label VARCHAR(200) NULL,
	CreationDate DATETIME(6) NOT NULL,
	ModificationDate DATETIME(6) NOT NULL,
	PRIMARY KEY (VoucherCategoryTranslationId),
	UNIQUE KEY natural_key (VoucherCategoryId, LanguageId)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Receipts whose effect is in this database already: for tenants on another server than the
-- registry.
CREATE TABLE IF NOT EXISTS api_applied_receipt (
	receipt BINARY(16) NOT NULL,
	applied_at DATETIME(6) NOT NULL,
	PRIMARY KEY (receipt),
	KEY applied (applied_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

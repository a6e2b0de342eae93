/*
 * The customer model. Facts of the original's help pages where a page is known; vendor connector field names elsewhere (marked V).
 * Tables that an outside system feeds carry SourceStamp: the instant the content stems from, for the stale guard.
 */
#include "config.h"

#include "model/entity.h"

#define INT16(n) { .name = n, .type = ENTITY_INT16 }
#define INT32(n) { .name = n, .type = ENTITY_INT32 }
#define REF16(n, e) { .name = n, .type = ENTITY_INT16, .refers = e }
#define REF32(n, e) { .name = n, .type = ENTITY_INT32, .refers = e }
#define MUST16(n, e) { .name = n, .type = ENTITY_INT16, .refers = e, .required = 1 }
#define MUST32(n, e) { .name = n, .type = ENTITY_INT32, .refers = e, .required = 1 }
#define REFCODE(n, len, e) { .name = n, .type = ENTITY_CODE, .length = len, .refers = e }
#define KEY16(n) { .name = n, .type = ENTITY_INT16, .required = 1 }
#define KEY32(n) { .name = n, .type = ENTITY_INT32, .required = 1 }
#define KEYCODE(n, len) { .name = n, .type = ENTITY_CODE, .length = len, .required = 1 }
#define STRING(n, len) { .name = n, .type = ENTITY_STRING, .length = len }
#define WHOLE(n, len) { .name = n, .type = ENTITY_STRING, .length = len, .whole = 1 }
#define CODE(n, len) { .name = n, .type = ENTITY_CODE, .length = len }
#define FOUND(n, len) { .name = n, .type = ENTITY_CODE, .length = len, .indexed = 1 }
#define TEXT(n) { .name = n, .type = ENTITY_TEXT }
#define MONEY(n) { .name = n, .type = ENTITY_DECIMAL, .length = 4 }
#define FIRST(n) { .name = n, .type = ENTITY_DECIMAL, .length = 4, .once = 1 }
#define DATE(n) { .name = n, .type = ENTITY_DATETIME }
#define DAY(n) { .name = n, .type = ENTITY_DATETIME, .calendar = 1 }
#define BOOL(n) { .name = n, .type = ENTITY_BOOLEAN }
#define DELETION BOOL("DeletionFlag")
#define STAMP DATE("SourceStamp")
#define SOURCE REF16("SourceId", "Source")
#define FREE_FIELDS \
	STRING("FreeField1", 500), STRING("FreeField2", 500), STRING("FreeField3", 500), STRING("FreeField4", 500), STRING("FreeField5", 500), \
	DATE("FreeFieldDateTime1"), DATE("FreeFieldDateTime2"), DATE("FreeFieldDateTime3"), DATE("FreeFieldDateTime4"), DATE("FreeFieldDateTime5"), \
	MONEY("FreeFieldNumber1"), MONEY("FreeFieldNumber2"), MONEY("FreeFieldNumber3"), MONEY("FreeFieldNumber4"), MONEY("FreeFieldNumber5"), \
	BOOL("FreeFieldBoolean1"), BOOL("FreeFieldBoolean2"), BOOL("FreeFieldBoolean3"), BOOL("FreeFieldBoolean4"), BOOL("FreeFieldBoolean5")
#define END { .name = NULL }
#define COLUMNS(...) (const struct entity_column[]){ __VA_ARGS__, END }
#define HIERARCHY CODE("HierarchyNode", 255), CODE("ParentHierarchyNode", 255), INT16("HierarchyLevel")

/* The labelled reference family: key, Label, DeletionFlag. */
#define LABELLED(set_, name_, key_, decides_, nav, doc_) { .set = set_, .name = name_, \
	.key = name_ "Id", .owner = ENTITY_OF_ALL, .decides = decides_, \
	.columns = COLUMNS(key_(name_ "Id"), STRING("Label", 200), DELETION), \
	.navigation = nav, .doc = doc_ }
#define REFERENCE(set_, name_, nav, doc_) LABELLED(set_, name_, KEY16, 0, nav, doc_)
#define DECISIVE(set_, name_, nav, doc_) LABELLED(set_, name_, KEY16, 1, nav, doc_)
/* States of an address channel have Int32 keys. */
#define REFERENCE32(set_, name_, nav, doc_) LABELLED(set_, name_, KEY32, 0, nav, doc_)
#define TRANSLATION(parent, ref) { .set = parent "Translations", .name = parent "Translation", .key = parent "TranslationId", .key_auto = 1, \
	.natural = { parent "Id", "LanguageId" }, .owner = parent "Id", .columns = COLUMNS(KEY32(parent "TranslationId"), ref, \
	{ .name = "LanguageId", .type = ENTITY_CODE, .length = 3, .refers = "Language", .required = 1 }, STRING("Label", 200)), \
	.navigation = parent ", Language", .doc = "Labels of " parent " rows in other languages." }
#define TRANSLATION16(parent) TRANSLATION(parent, MUST16(parent "Id", parent))
#define TRANSLATION32(parent) TRANSLATION(parent, MUST32(parent "Id", parent))

const struct entity entities[] = {
	/* ---------------------------------------------------------------- contacts */
	{ .set = "Contacts", .name = "Contact", .key = "ContactId", .key_auto = 1,
	  .owner = "ContactIdentifiers", .columns = COLUMNS(KEY32("ContactId"), REF16("GenderId", "Gender"), REF16("CivilityId", "Civility"), REF16("TitleId", "Title"),
	    STRING("FirstName", 200), STRING("MiddleName", 200), STRING("LastName", 200), STRING("LastName2", 200),
	    STRING("FirstNameSecondAlphabet", 200), STRING("MiddleNameSecondAlphabet", 200), STRING("LastNameSecondAlphabet", 200),
	    STRING("LastName2SecondAlphabet", 200), DAY("BirthDate"), INT16("BirthDay"), INT16("BirthMonth"), INT16("BirthYear"),
	    REF16("MaritalStatusId", "MaritalStatus"), STRING("JobTitle", 200), STRING("CompanyName", 200), BOOL("GlobalOptin"),
	    BOOL("GlobalPartnerOptin"), REF16("ContactStateId", "ContactState"), REF16("ContactTypeId", "ContactType"),
	    DATE("AdvertiserCreationDate"), REF16("NationalityId", "Nationality"), REFCODE("LanguageId", 3, "Language"), DELETION, FREE_FIELDS,
	    REF32("ZoneId", "Zone"), STRING("ZoneIdString", 255), STAMP),
	  .navigation = "Civility, Zone, Gender, Title, MaritalStatus, ContactState, Nationality, Language, ContactType, PurchaseHeaders*, "
	    "ContactIdentifiers*, MarketingParticipants*, LoyaltyCards*, LoyaltyPoints*, AttachedStores*, ContactDescendantLinks*, "
	    "ContactAscendantLinks*, Cases*, Vouchers*, Segments*, Addresses*, ContactInterests*",
	  .doc = "Contacts, without their addresses." },
	{ .set = "Addresses", .name = "Address", .key = "AddressId", .key_auto = 1, .natural = { "ContactId", "BrandId", "ContactAddressTypeId" },
	  .owner = "ContactId", .columns = COLUMNS(KEY32("AddressId"), MUST32("ContactId", "Contact"), STRING("Address1", 255), STRING("Address2", 255),
	    STRING("Address3", 255), STRING("Address4", 255), STRING("Address5", 255), STRING("Address6", 255), STRING("Address7", 255),
	    STRING("PostCode", 32), STRING("City", 200), STRING("State", 200), REFCODE("CountryId", 3, "Country"), BOOL("AddressOptin"), DATE("AddressOptinDate"),
	    DATE("AddressAdvertiserCreationDate"), REF32("AddressStateId", "PostalAddressState"), { .name = "Email", .type = ENTITY_STRING, .length = 254, .indexed = 1, .whole = 1 },
	    { .name = "EmailNormal", .type = ENTITY_CODE, .length = 254, .indexed = 1, .made_from = "Email" }, BOOL("EmailOptin"), DATE("EmailOptinDate"),
	    DATE("EmailAdvertiserCreationDate"), REF32("EmailStateId", "EmailState"), WHOLE("HomePhoneNumber", 64),
	    REFCODE("HomePhoneCountryId", 3, "Country"), BOOL("HomePhoneOptin"), DATE("HomePhoneOptinDate"), DATE("HomePhoneAdvertiserCreationDate"),
	    REF32("HomePhoneStateId", "HomePhoneState"), WHOLE("MobilePhoneNumber", 64), REFCODE("MobilePhoneCountryId", 3, "Country"),
	    BOOL("MobilePhoneOptin"), DATE("MobilePhoneOptinDate"), DATE("MobilePhoneAdvertiserCreationDate"), REF32("MobilePhoneStateId", "MobilePhoneState"), DELETION,
	    MUST32("BrandId", "Brand"), MUST16("ContactAddressTypeId", "ContactAddressType"), STRING("BrandIdString", 255), STAMP),
	  .navigation = "Brand, ContactAddressType, EmailState, HomePhoneState, MobilePhoneState, PostalAddressState, Contact, "
	    "PostalAddresseCountry, HomePhoneCountry, MobilePhoneCountry",
	  .doc = "A contact's postal address, e-mail, home and mobile phone for one brand and address type." },
	{ .set = "ContactIdentifiers", .name = "ContactIdentifier", .key = "ContactIdentifierId", .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEYCODE("ContactIdentifierId", 36),
	    { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1, .guests = 1, .reserved = CONTACT_DUPLICATE },
	    MUST32("ContactId", "Contact"), MUST16("SourceId", "Source")),
	  .navigation = "Contact, Source", .doc = "A contact's identifiers in outside systems; a contact has none, one or many." },
	{ .set = "ContactLinks", .name = "ContactLink", .key = "ContactLinkId", .key_auto = 1, .natural = { "ContactAscendantId", "ContactDescendantId",
	    "ContactLinkTypeId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("ContactLinkId"), MUST32("ContactAscendantId", "Contact"), MUST32("ContactDescendantId", "Contact"),
	    MUST16("ContactLinkTypeId", "ContactLinkType"), SOURCE, DELETION, STAMP),
	  .navigation = "ContactLinkType, Source", .doc = "A link between two contacts." },
	{ .set = "ContactInterests", .name = "ContactInterest", .key = "ContactInterestId", .key_auto = 1,
	  .natural = { "ContactInterestIdentifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("ContactInterestId"), { .name = "ContactInterestIdentifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    MUST32("ContactId", "Contact"), REF16("ContactInterestCategoryId", "ContactInterestCategory"), REF32("PurchaseGoodId", "PurchaseGood"),
	    REF16("PurchaseGoodCategoryId", "PurchaseGoodCategory"), DATE("InterestDate"), FREE_FIELDS, DELETION, MUST16("SourceId", "Source"), STAMP),
	  .navigation = "Contact, ContactInterestCategory, PurchaseGood, PurchaseGoodCategory, Source", .doc = "What a contact is interested in." },
	{ .set = "ContactInterestCategories", .name = "ContactInterestCategory", .key = "ContactInterestCategoryId", .key_auto = 1,
	  .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(CODE("HierarchyNode", 255), CODE("ParentHierarchyNode", 255), KEY16("ContactInterestCategoryId"), INT16("HierarchyLevel"),
	    STRING("Label", 200), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 }, MUST16("SourceId", "Source"),
	    STRING("ContactInterestCategoryPath", 1000), DELETION, STAMP),
	  .navigation = "ContactInterests*, Source, ContactInterestCategoryTranslations*", .doc = "Categories of contact interests." },
	{ .set = "AttachedStores", .name = "AttachedStore", .key = "AttachedStoreId", .key_auto = 1, .natural = { "ContactId", "StoreId" },
	  .owner = "ContactId", .columns = COLUMNS(KEY32("AttachedStoreId"), MUST32("ContactId", "Contact"), MUST32("StoreId", "Store"), INT16("AttachedStoreTypeId"),
	    DELETION, STAMP), .navigation = "Contact, Store", .doc = "Stores a contact is attached to." },
	{ .set = "Cases", .name = "Case", .key = "CaseId", .key_auto = 1, .natural = { "CaseIdentifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("CaseId"), { .name = "CaseIdentifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    REF32("ContactId", "Contact"), REF16("CaseCategoryId", "CaseCategory"), REF16("CaseStateId", "CaseState"), STRING("Label", 200),
	    TEXT("Description"), DATE("CaseDate"), DATE("CloseDate"), MUST16("SourceId", "Source"), DELETION, STAMP),
	  .navigation = "Contact, CaseCategory, CaseState, Source", .doc = "Cases of contacts." },
	{ .set = "CaseCategories", .name = "CaseCategory", .key = "CaseCategoryId", .key_auto = 1, .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(HIERARCHY, KEY16("CaseCategoryId"), STRING("Label", 200), { .name = "Identifier", .type = ENTITY_CODE, .length = 255,
	    .required = 1 }, MUST16("SourceId", "Source"), STRING("CaseCategoryPath", 1000), DELETION, STAMP),
	  .navigation = "Cases*, Source", .doc = "Categories of cases." },
	{ .set = "Segments", .name = "Segment", .key = "SegmentId", .key_auto = 1, .natural = { "ContactId", "SegmentTypeId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("SegmentId"), MUST32("ContactId", "Contact"), MUST16("SegmentTypeId", "SegmentType"),
	    REF32("SegmentationId", "Segmentation"), REF16("PurchaseGoodCategoryId", "PurchaseGoodCategory"), SOURCE, DATE("SegmentDate"), DELETION, STAMP),
	  .navigation = "Contact, SegmentType, Segmentation, PurchaseGoodCategory, Source", .doc = "Membership of a contact in a segment." },
	{ .set = "SegmentTypes", .name = "SegmentType", .key = "SegmentTypeId", .key_auto = 1, .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY16("SegmentTypeId"), STRING("Label", 200), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    MUST16("SourceId", "Source"), REF32("SegmentationId", "Segmentation"), CODE("SegmentationIdentifier", 255), DELETION, STAMP),
	  .navigation = "Segments*, Segmentation, Source", .doc = "Segments of a segmentation." },
	{ .set = "Segmentations", .name = "Segmentation", .key = "SegmentationId", .key_auto = 1, .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("SegmentationId"), STRING("Label", 200), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    MUST16("SourceId", "Source"), INT16("SegmentationTypeId"), DELETION, DATE("ProcessDate"), STAMP),
	  .navigation = "Segments*, SegmentTypes*, Source", .doc = "Segmentations: ways to divide contacts." },

	/* ---------------------------------------------------------------- organisation */
	{ .set = "Sources", .name = "Source", .key = "SourceId",
	  .owner = ENTITY_OF_ALL, .decides = 1, .columns = COLUMNS(KEY16("SourceId"), STRING("Label", 200), DELETION, STRING("SourceParameter", 1000), REF16("SourceTypeId", "SourceType")),
	  .navigation = "SourceTranslations*, ContactIdentifiers*, Vouchers*, Cases*, ContactLinks*, LoyaltyCards*, LoyaltyCardActions*, LoyaltyPoints*, "
	    "PurchaseDetails*, PurchaseGoods*, PurchaseHeaders*, Segments*, Segmentations*, SegmentTypes*, Stores*, VoucherCategories*, "
	    "CaseCategories*, ContactInterests*, ContactInterestCategories*, PurchaseGoodCategories*, SourceType",
	  .doc = "Systems that data comes from." },
	{ .set = "Zones", .name = "Zone", .key = "ZoneId", .key_auto = 1,
	  .owner = ENTITY_OF_ALL, .decides = 1, .columns = COLUMNS(HIERARCHY, KEY32("ZoneId"), STRING("Label", 200), DELETION, STRING("ZoneHierarchyLabel", 1000)),
	  .navigation = "Contacts*, Stores*, ZoneTranslations*, MarketingActions*", .doc = "Zones: the geography or organisation of contacts." },
	{ .set = "Brands", .name = "Brand", .key = "BrandId", .key_auto = 1,
	  .owner = ENTITY_OF_ALL, .decides = 1, .columns = COLUMNS(HIERARCHY, KEY32("BrandId"), STRING("Label", 200), DELETION, STRING("BrandPath", 1000)),
	  .navigation = "PurchaseHeaders*, PurchaseGoods*, Stores*, LoyaltyCards*, BrandTranslations*, MarketingExecutions*, Addresses*, "
	    "PurchaseGoodCategories*", .doc = "Brands." },
	{ .set = "Stores", .name = "Store", .key = "StoreId", .key_auto = 1, .natural = { "StoreIdentifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("StoreId"), { .name = "StoreIdentifier", .type = ENTITY_CODE, .length = 255, .required = 1 }, STRING("Label", 200),
	    STRING("Address1", 255), STRING("Address2", 255), STRING("PostCode", 32), STRING("City", 200), REFCODE("CountryId", 3, "Country"),
	    WHOLE("Email", 254), WHOLE("PhoneNumber", 64), REF32("ZoneId", "Zone"), REF32("BrandId", "Brand"), MUST16("SourceId", "Source"), DELETION,
	    STAMP), .navigation = "Zone, Brand, Source, AttachedStores*", .doc = "Stores." },
	{ .set = "MarketingActions", .name = "MarketingAction", .key = "MarketingActionId", .key_auto = 1, .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("MarketingActionId"), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    STRING("Label", 200), REF32("ZoneId", "Zone"), MUST16("SourceId", "Source"), DATE("StartDate"), DATE("EndDate"), DELETION, STAMP),
	  .navigation = "Zone, Source, MarketingExecutions*, MarketingParticipants*", .doc = "Campaigns." },
	{ .set = "MarketingExecutions", .name = "MarketingExecution", .key = "MarketingExecutionId", .key_auto = 1,
	  .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("MarketingExecutionId"), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    REF32("MarketingActionId", "MarketingAction"), STRING("Label", 200), REF32("BrandId", "Brand"), MUST16("SourceId", "Source"),
	    DATE("ExecutionDate"), DELETION, STAMP),
	  .navigation = "MarketingAction, Brand, Source, MarketingParticipants*", .doc = "Executions of campaigns for a brand." },
	{ .set = "MarketingParticipants", .name = "MarketingParticipant", .key = "MarketingParticipantId", .key_auto = 1,
	  .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("MarketingParticipantId"), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    REF32("ContactId", "Contact"), REF32("MarketingActionId", "MarketingAction"), REF32("MarketingExecutionId", "MarketingExecution"),
	    MUST16("SourceId", "Source"), DATE("ParticipationDate"), FREE_FIELDS, TEXT("Content"), DELETION, STAMP),
	  .navigation = "Contact, MarketingAction, MarketingExecution, Source", .doc = "Participations of contacts in campaigns." },

	/* ---------------------------------------------------------------- purchases */
	{ .set = "PurchaseHeaders", .name = "PurchaseHeader", .key = "PurchaseHeaderId", .key_auto = 1, .natural = { "PurchaseIdentifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("PurchaseHeaderId"), { .name = "PurchaseIdentifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    CODE("CheckoutIdentifier", 255), WHOLE("PurchaseReference", 255), REF32("ContactId", "Contact"), REF32("BrandId", "Brand"),
	    REF32("ZoneId", "Zone"), REF32("StoreId", "Store"), MUST16("SourceId", "Source"), REF16("PurchaseTypeId", "PurchaseType"),
	    REF16("PurchaseStatusId", "PurchaseStatus"), DATE("PurchaseDate"), DATE("PurchaseStatusDate"), STRING("PaymentMethod", 200),
	    REFCODE("CurrencyId", 3, "Currency"), MONEY("Amount"), MONEY("TaxFreeAmount"), MONEY("DiscountAmount"),
	    FIRST("OriginalAmount"), MONEY("RefAmount"), MONEY("RefTaxFreeAmount"), MONEY("RefDiscountAmount"), REF32("VoucherId", "Voucher"), STRING("CarrierName", 200),
	    WHOLE("CarrierTrackerCode", 255), WHOLE("CarrierUri", 1000), WHOLE("BackofficeUri", 1000), FREE_FIELDS, DELETION, STAMP),
	  .navigation = "Contact, Brand, Zone, Store, Source, PurchaseType, PurchaseStatus, Currency, Voucher, PurchaseDetails*, LoyaltyPoints*",
	  .doc = "Purchases (V), as they stand now: amounts are what the buyer keeps and owes after "
	    "edits, returns and refunds. OriginalAmount, an addition to the original's model, is what "
	    "was first ordered." },
	{ .set = "PurchaseDetails", .name = "PurchaseDetail", .key = "PurchaseDetailId", .key_auto = 1, .natural = { "PurchaseHeaderId", "Identifier" },
	  .owner = "PurchaseHeaderId", .columns = COLUMNS(KEY32("PurchaseDetailId"), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    MUST32("PurchaseHeaderId", "PurchaseHeader"), REF32("PurchaseGoodId", "PurchaseGood"), CODE("Sku", 255), STRING("Label", 500), SOURCE,
	    MONEY("Quantity"), MONEY("Amount"), MONEY("TaxFreeAmount"), MONEY("DiscountAmount"), FIRST("OriginalQuantity"),
	    FIRST("OriginalAmount"), MONEY("RefAmount"), MONEY("RefTaxFreeAmount"), MONEY("RefDiscountAmount"), REF16("PurchaseStatusId", "PurchaseStatus"), DATE("PurchaseStatusDate"), STRING("CarrierName", 200),
	    WHOLE("CarrierTrackerCode", 255), DELETION, STAMP),
	  .navigation = "PurchaseHeader, PurchaseGood, Source, PurchaseStatus",
	  .doc = "Lines of purchases (V), as they stand now; a line that nobody keeps is marked as "
	    "deleted. Amount is net of every discount, tax included; DiscountAmount is what was taken "
	    "off, positive. OriginalQuantity and OriginalAmount, additions to the original's model, "
	    "are what was first ordered." },
	{ .set = "PurchaseGoods", .name = "PurchaseGood", .key = "PurchaseGoodId", .key_auto = 1, .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(KEY32("PurchaseGoodId"), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    FOUND("Sku", 255), FOUND("Ean13", 64), FOUND("Reference", 255),
	    STRING("Label", 500), TEXT("Description"), WHOLE("Uri", 1000), WHOLE("ImageUri", 1000),
	    REF16("PurchaseGoodTypeId", "PurchaseGoodType"), REF16("PurchaseGoodCategoryId", "PurchaseGoodCategory"), REF32("BrandId", "Brand"),
	    MONEY("Price"), REFCODE("CurrencyId", 3, "Currency"), MUST16("SourceId", "Source"), DELETION, STAMP),
	  .navigation = "PurchaseGoodType, PurchaseGoodCategory, Brand, Currency, Source, PurchaseDetails*, ContactInterests*", .doc = "Goods (V)." },
	{ .set = "PurchaseGoodCategories", .name = "PurchaseGoodCategory", .key = "PurchaseGoodCategoryId", .key_auto = 1,
	  .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .columns = COLUMNS(HIERARCHY, KEY16("PurchaseGoodCategoryId"), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    MUST16("SourceId", "Source"), STRING("Label", 200), REF32("BrandId", "Brand"), STRING("PurchaseGoodCategoryPath", 1000), DELETION, STAMP),
	  .navigation = "Brand, ContactInterests*, PurchaseGoods*, Source, PurchaseGoodCategoryTranslations*, Segments*", .doc = "Categories of goods." },
	{ .set = "PurchaseStatuses", .name = "PurchaseStatus", .key = "PurchaseStatusId",
	  .owner = ENTITY_OF_ALL, .columns = COLUMNS(KEY16("PurchaseStatusId"), STRING("Label", 200), DELETION, BOOL("Accountable")),
	  .navigation = "PurchaseHeaders*, PurchaseStatusTranslations*", .doc = "States of purchases; only Accountable ones count in totals, and paid purchases whose state is not known." },
	DECISIVE("PurchaseTypes", "PurchaseType", "PurchaseHeaders*, PurchaseTypeTranslations*", "Types of purchases."),
	REFERENCE("PurchaseGoodTypes", "PurchaseGoodType", "PurchaseGoods*, PurchaseGoodTypeTranslations*", "Types of goods."),

	/* ---------------------------------------------------------------- loyalty */
	{ .set = "LoyaltyCards", .name = "LoyaltyCard", .key = "LoyaltyCardId", .key_auto = 1, .natural = { "CardIdentifier", "SourceId" },
	  .owner = "SourceId", .grants = 1, .columns = COLUMNS(KEY32("LoyaltyCardId"), { .name = "CardIdentifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    REF32("ContactId", "Contact"), REF16("LoyaltyCardTypeId", "LoyaltyCardType"), REF32("BrandId", "Brand"), MUST16("SourceId", "Source"),
	    DATE("StartDate"), DATE("EndDate"), DELETION, STAMP),
	  .navigation = "Contact, LoyaltyCardType, Brand, Source, LoyaltyPoints*, Vouchers*", .doc = "Loyalty cards." },
	{ .set = "LoyaltyCardActions", .name = "LoyaltyCardAction", .key = "LoyaltyCardActionId", .key_auto = 1, .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .grants = 1, .columns = COLUMNS(KEY32("LoyaltyCardActionId"), { .name = "Identifier", .type = ENTITY_CODE, .length = 255, .required = 1 },
	    MUST32("LoyaltyCardId", "LoyaltyCard"), STRING("Label", 200), DATE("ActionDate"), MUST16("SourceId", "Source"), DELETION, STAMP),
	  .navigation = "LoyaltyCard, Source", .doc = "What happened with a loyalty card." },
	{ .set = "LoyaltyPoints", .name = "LoyaltyPoint", .key = "LoyaltyPointId", .key_auto = 1, .natural = { "PointIdentifier", "SourceId" },
	  .owner = "SourceId", .grants = 1, .columns = COLUMNS(KEY32("LoyaltyPointId"), REF32("PurchaseHeaderId", "PurchaseHeader"), REF32("VoucherId", "Voucher"),
	    REF32("ContactId", "Contact"), REF32("LoyaltyCardId", "LoyaltyCard"), REF16("PointTypeId", "LoyaltyPointType"), MONEY("PointAmount"),
	    MONEY("PointOriginalAmount"), MONEY("PointUsedAmount"), MONEY("PointExpiredAmount"), DATE("DatePoint"), DATE("ExpiredDatePoint"),
	    FREE_FIELDS, DELETION, { .name = "PointIdentifier", .type = ENTITY_CODE, .length = 255, .required = 1, .reserved = "purchase:|code:|expire:" }, MUST16("SourceId", "Source"), STAMP),
	  .navigation = "PurchaseHeader, Contact, LoyaltyCard, LoyaltyPointType, Source, Voucher", .doc = "Loyalty points." },
	{ .set = "Vouchers", .name = "Voucher", .key = "VoucherId", .key_auto = 1, .natural = { "VoucherIdentifier", "SourceId" },
	  .owner = "SourceId", .grants = 1, .columns = COLUMNS(KEY32("VoucherId"), { .name = "VoucherIdentifier", .type = ENTITY_CODE, .length = 255, .required = 1, .reserved = "code:" },
	    REF32("ContactId", "Contact"), REF32("LoyaltyCardId", "LoyaltyCard"), MUST16("SourceId", "Source"), CODE("VoucherCode", 255),
	    REF16("VoucherTypeId", "VoucherType"), REF16("VoucherStateId", "VoucherState"), MONEY("Amount"), REFCODE("CurrencyId", 3, "Currency"),
	    DATE("ValidityStartDate"), DATE("ValidityEndDate"), DELETION, REF16("VoucherCategoryId", "VoucherCategory"), DATE("UseDate"),
	    MONEY("RefAmount"), STAMP),
	  .navigation = "VoucherState, VoucherType, Contact, LoyaltyCard, Currency, Source, LoyaltyPoints*, PurchaseHeaders*, VoucherCategory",
	  .doc = "Vouchers." },
	{ .set = "VoucherCategories", .name = "VoucherCategory", .key = "VoucherCategoryId", .key_auto = 1, .natural = { "Identifier", "SourceId" },
	  .owner = "SourceId", .grants = 1, .columns = COLUMNS(HIERARCHY, KEY16("VoucherCategoryId"), STRING("Label", 200), { .name = "Identifier", .type = ENTITY_CODE, .length = 255,
	    .required = 1 }, MUST16("SourceId", "Source"), DELETION, STRING("VoucherCategoryPath", 1000), REF16("VoucherTypeId", "VoucherType"),
	    MONEY("Amount"), INT32("PointCost"), REF16("LoyaltyCardTypeId", "LoyaltyCardType"), INT32("VoucherExpirationDelayDay"),
	    INT32("VoucherExpirationDelayMonth"), INT32("VoucherExpirationDelayYear"), STAMP),
	  .navigation = "Source, Vouchers*, VoucherCategoryTranslations*, VoucherType, LoyaltyCardType", .doc = "Categories of vouchers." },
	REFERENCE("LoyaltyCardTypes", "LoyaltyCardType", "LoyaltyCards*, VoucherCategories*", "Types of loyalty cards."),
	REFERENCE("LoyaltyPointTypes", "LoyaltyPointType", "LoyaltyPoints*, LoyaltyPointTypeTranslations*", "Types of loyalty points."),
	REFERENCE("VoucherTypes", "VoucherType", "Vouchers*, VoucherTypeTranslations*, VoucherCategories*", "Types of vouchers."),
	REFERENCE("VoucherStates", "VoucherState", "Vouchers*", "States of vouchers."),

	/* ---------------------------------------------------------------- reference data */
	REFERENCE("SourceTypes", "SourceType", "Sources*", "Types of sources."),
	REFERENCE("ContactTypes", "ContactType", "Contacts*, ContactTypeTranslations*", "Types of contacts."),
	REFERENCE("ContactLinkTypes", "ContactLinkType", "ContactLinks*, ContactLinkTypeTranslations*", "Types of links between contacts."),
	REFERENCE("ContactStates", "ContactState", "Contacts*", "States of contacts."),
	DECISIVE("ContactAddressTypes", "ContactAddressType", "Addresses*", "Types of addresses."),
	REFERENCE("CaseStates", "CaseState", "Cases*, CaseStateTranslations*", "States of cases."),
	REFERENCE("Civilities", "Civility", "Contacts*", "Civilities."),
	REFERENCE("Genders", "Gender", "Contacts*", "Genders (ISO 5218)."),
	REFERENCE("Titles", "Title", "Contacts*", "Titles."),
	REFERENCE("MaritalStatuses", "MaritalStatus", "Contacts*", "Marital statuses."),
	REFERENCE("Nationalities", "Nationality", "Contacts*", "Nationalities; the key is the country's ISO 3166-1 number."),
	REFERENCE32("EmailStates", "EmailState", "Addresses*", "States of e-mail addresses."),
	REFERENCE32("HomePhoneStates", "HomePhoneState", "Addresses*", "States of home phones."),
	REFERENCE32("MobilePhoneStates", "MobilePhoneState", "Addresses*", "States of mobile phones."),
	REFERENCE32("PostalAddressStates", "PostalAddressState", "Addresses*", "States of postal addresses."),
	{ .set = "Languages", .name = "Language", .key = "LanguageId", .owner = ENTITY_OF_ALL, .columns = COLUMNS(KEYCODE("LanguageId", 3), CODE("Alpha2", 2),
	    STRING("Label", 200), DELETION), .navigation = "Contacts*", .doc = "Languages; the key is ISO 639-2, Alpha2 is ISO 639-1." },
	{ .set = "Countries", .name = "Country", .key = "CountryId", .owner = ENTITY_OF_ALL, .columns = COLUMNS(KEYCODE("CountryId", 3), CODE("Alpha2", 2), INT16("NumericCode"),
	    STRING("Label", 200), DELETION), .navigation = "Addresses*", .doc = "Countries; the key is ISO 3166-1 alpha-3." },
	{ .set = "Currencies", .name = "Currency", .key = "CurrencyId", .owner = ENTITY_OF_ALL, .decides = 1, .columns = COLUMNS(KEYCODE("CurrencyId", 3), INT16("NumericCode"),
	    STRING("Label", 200), DELETION), .navigation = "Vouchers*, PurchaseHeaders*", .doc = "Currencies; the key is ISO 4217." },

	/* ---------------------------------------------------------------- translations */
	TRANSLATION16("Source"), TRANSLATION32("Brand"), TRANSLATION32("Zone"), TRANSLATION16("CaseState"), TRANSLATION16("ContactType"),
	TRANSLATION16("ContactLinkType"), TRANSLATION16("ContactInterestCategory"), TRANSLATION16("LoyaltyPointType"),
	TRANSLATION16("PurchaseType"), TRANSLATION16("PurchaseStatus"), TRANSLATION16("PurchaseGoodType"),
	TRANSLATION16("PurchaseGoodCategory"), TRANSLATION16("VoucherType"), TRANSLATION16("VoucherCategory"),
	{ .name = NULL },
};

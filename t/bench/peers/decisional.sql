-- The decision tables as a developer would write them for a night: each table by one CREATE TABLE
-- … AS SELECT over all rows, its indexes after it, and one RENAME at the end.
-- t/bench/decisional.pl sets @now, @currency and @zone (the server knows the zone), and makes empty
-- tables peer_… of the first time.
SET autocommit = 1;
SET @today = DATE(CONVERT_TZ(@now, 'UTC', @zone));
SET @months12 = CONVERT_TZ(@today - INTERVAL 1 YEAR, @zone, 'UTC');
SET @months24 = CONVERT_TZ(@today - INTERVAL 2 YEAR, @zone, 'UTC');
SET @this_month = DATE(DATE_FORMAT(@today, '%Y-%m-01'));
SET @cohorts = @this_month - INTERVAL 35 MONTH;

-- What counts, with its month and its pieces.
CREATE TEMPORARY TABLE purchase AS
SELECT COALESCE(k.ContactId, 0) AS ContactId, h.PurchaseDate, h.PurchaseHeaderId,
	CAST(DATE_FORMAT(CONVERT_TZ(h.PurchaseDate, 'UTC', @zone), '%Y-%m-01') AS DATE) AS Month,
	COALESCE(h.BrandId, 0) AS BrandId, COALESCE(h.ZoneId, 0) AS ZoneId,
	COALESCE(h.StoreId, 0) AS StoreId, h.SourceId, h.RefAmount,
	COALESCE(q.Quantity, 0) AS Quantity
FROM PurchaseHeader h
	LEFT JOIN PurchaseStatus s ON s.PurchaseStatusId = h.PurchaseStatusId
	LEFT JOIN Contact k ON k.ContactId = h.ContactId AND k.DeletionFlag = 0
	LEFT JOIN (SELECT d.PurchaseHeaderId, SUM(d.Quantity) AS Quantity
		FROM PurchaseDetail d
			LEFT JOIN PurchaseStatus t ON t.PurchaseStatusId = d.PurchaseStatusId
			LEFT JOIN PurchaseGood g ON g.PurchaseGoodId = d.PurchaseGoodId
		WHERE d.DeletionFlag = 0 AND (d.PurchaseStatusId IS NULL OR t.Accountable = 1)
			AND COALESCE(g.PurchaseGoodTypeId, 0) NOT IN (2, 5, 6, 7, 8, 9)
		GROUP BY d.PurchaseHeaderId) q ON q.PurchaseHeaderId = h.PurchaseHeaderId
WHERE h.DeletionFlag = 0 AND h.PurchaseDate >= '1900-01-01' AND h.PurchaseDate <= @now
	AND IF(s.PurchaseStatusId IS NULL, h.PurchaseTypeId = 1, s.Accountable = 1);
ALTER TABLE purchase ADD PRIMARY KEY (ContactId, PurchaseDate, PurchaseHeaderId);

CREATE TABLE new_contact AS
SELECT x.*, CASE
		WHEN RecencyQuintile IS NULL THEN 'NoPurchase'
		WHEN RecencyQuintile >= 4 AND FrequencyQuintile >= 4 AND MonetaryQuintile >= 4
			THEN 'Champion'
		WHEN RecencyQuintile >= 3 AND FrequencyQuintile >= 4 THEN 'Loyal'
		WHEN RecencyQuintile >= 3 AND MonetaryQuintile >= 4 THEN 'BigSpender'
		WHEN RecencyQuintile >= 4 AND PurchaseCount = 1 THEN 'New'
		WHEN RecencyQuintile >= 3 THEN 'Regular'
		WHEN FrequencyQuintile >= 4 OR MonetaryQuintile >= 4 THEN 'AtRisk'
		WHEN RecencyQuintile = 2 THEN 'Sleeping'
		ELSE 'Lost' END AS RfmSegment, @now AS CreationDate, @now AS ModificationDate
FROM (SELECT c.ContactId, c.ZoneId, p.FirstPurchaseDate, p.LastPurchaseDate,
		p.FirstPurchaseMonth, COALESCE(p.PurchaseCount, 0) AS PurchaseCount,
		COALESCE(p.PurchaseCount12Months, 0) AS PurchaseCount12Months,
		COALESCE(p.PurchaseCount24Months, 0) AS PurchaseCount24Months,
		COALESCE(p.UnpricedCount, 0) AS UnpricedCount, p.Quantity, p.RefAmount,
		p.RefAmount12Months, p.RefAmount24Months,
		ROUND(p.RefAmount / NULLIF(p.PurchaseCount - p.UnpricedCount, 0), 4)
			AS AverageBasket,
		p.RecencyQuintile, p.FrequencyQuintile, p.MonetaryQuintile,
		COALESCE(l.Points, 0) AS PointBalance, c.GlobalOptin, a.EmailOptin,
		a.MobilePhoneOptin, a.HomePhoneOptin, a.AddressOptin
	FROM Contact c
	LEFT JOIN (SELECT y.*,
			1 + FLOOR(5 * (RANK() OVER (ORDER BY LastPurchaseDate) - 1)
				/ COUNT(*) OVER ()) AS RecencyQuintile,
			1 + FLOOR(5 * (RANK() OVER (ORDER BY PurchaseCount) - 1)
				/ COUNT(*) OVER ()) AS FrequencyQuintile,
			1 + FLOOR(5 * (RANK() OVER (ORDER BY RefAmount) - 1)
				/ COUNT(*) OVER ()) AS MonetaryQuintile
		FROM (SELECT ContactId, MIN(PurchaseDate) AS FirstPurchaseDate,
				MAX(PurchaseDate) AS LastPurchaseDate,
				MIN(Month) AS FirstPurchaseMonth, COUNT(*) AS PurchaseCount,
				SUM(PurchaseDate >= @months12) AS PurchaseCount12Months,
				SUM(PurchaseDate >= @months24) AS PurchaseCount24Months,
				SUM(RefAmount IS NULL) AS UnpricedCount,
				SUM(Quantity) AS Quantity,
				COALESCE(SUM(RefAmount), 0) AS RefAmount,
				COALESCE(SUM(IF(PurchaseDate >= @months12, RefAmount, NULL)), 0)
					AS RefAmount12Months,
				COALESCE(SUM(IF(PurchaseDate >= @months24, RefAmount, NULL)), 0)
					AS RefAmount24Months
			FROM purchase WHERE ContactId > 0 GROUP BY ContactId) y) p
		ON p.ContactId = c.ContactId
	LEFT JOIN (SELECT ContactId, MAX(IF(Email <> '', EmailOptin, NULL)) AS EmailOptin,
			MAX(IF(MobilePhoneNumber <> '', MobilePhoneOptin, NULL))
				AS MobilePhoneOptin,
			MAX(IF(HomePhoneNumber <> '', HomePhoneOptin, NULL)) AS HomePhoneOptin,
			MAX(IF(CONCAT_WS('', Address1, Address2, Address3, Address4, Address5,
				Address6, Address7) <> '', AddressOptin, NULL)) AS AddressOptin
		FROM Address WHERE DeletionFlag = 0 GROUP BY ContactId) a
		ON a.ContactId = c.ContactId
	LEFT JOIN (SELECT ContactId, SUM(PointAmount) AS Points FROM LoyaltyPoint
		WHERE DeletionFlag = 0 GROUP BY ContactId) l ON l.ContactId = c.ContactId
	WHERE c.DeletionFlag = 0) x;
ALTER TABLE new_contact ADD PRIMARY KEY (ContactId), ADD KEY (LastPurchaseDate),
	ADD KEY (PurchaseCount), ADD KEY (RefAmount), ADD KEY (RfmSegment);

CREATE TABLE new_month AS
SELECT Month, BrandId, ZoneId, StoreId, SourceId, COUNT(*) AS Purchases,
	SUM(RefAmount IS NULL) AS UnpricedPurchases, SUM(Quantity) AS Quantity,
	COALESCE(SUM(RefAmount), 0) AS RefAmount,
	COUNT(DISTINCT NULLIF(ContactId, 0)) AS Customers,
	SUM(ContactId > 0 AND place = 1) AS NewCustomers,
	COUNT(DISTINCT NULLIF(ContactId, 0)) - SUM(ContactId > 0 AND place = 1)
		AS ReturningCustomers, @now AS CreationDate, @now AS ModificationDate
FROM (SELECT p.*, ROW_NUMBER() OVER (PARTITION BY ContactId
		ORDER BY PurchaseDate, PurchaseHeaderId) AS place FROM purchase p) w
GROUP BY Month, BrandId, ZoneId, StoreId, SourceId;
ALTER TABLE new_month ADD PRIMARY KEY (Month, BrandId, ZoneId, StoreId, SourceId);

CREATE TABLE new_contactability AS
SELECT Channel, BrandId, ZoneId,
	CASE optin WHEN 1 THEN 'Yes' WHEN 0 THEN 'No' ELSE 'Unknown' END AS Optin,
	state AS StateId, COUNT(*) AS Contacts,
	SUM(optin <=> 1 AND may = 1 AND state NOT IN (3, 4)) AS Contactable,
	@now AS CreationDate, @now AS ModificationDate
FROM (SELECT v.Channel, v.BrandId, COALESCE(c.ZoneId, 0) AS ZoneId, c.ContactId,
		COALESCE(c.GlobalOptin, 1) <> 0 AND COALESCE(c.ContactStateId, 1) NOT IN (3, 4)
			AS may, MIN(v.optin) AS optin,
		MIN(v.ContactAddressTypeId * 10000000000 + COALESCE(v.state, 0)) MOD 10000000000
			AS state
	FROM (SELECT 'Email' AS Channel, BrandId, ContactId, ContactAddressTypeId,
			EmailOptin AS optin, EmailStateId AS state
		FROM Address WHERE DeletionFlag = 0 AND Email <> ''
		UNION ALL
		SELECT 'MobilePhone', BrandId, ContactId, ContactAddressTypeId, MobilePhoneOptin,
			MobilePhoneStateId
		FROM Address WHERE DeletionFlag = 0 AND MobilePhoneNumber <> ''
		UNION ALL
		SELECT 'HomePhone', BrandId, ContactId, ContactAddressTypeId, HomePhoneOptin,
			HomePhoneStateId
		FROM Address WHERE DeletionFlag = 0 AND HomePhoneNumber <> ''
		UNION ALL
		SELECT 'Address', BrandId, ContactId, ContactAddressTypeId, AddressOptin,
			AddressStateId
		FROM Address WHERE DeletionFlag = 0 AND CONCAT_WS('', Address1, Address2, Address3,
			Address4, Address5, Address6, Address7) <> '') v
	JOIN Contact c ON c.ContactId = v.ContactId AND c.DeletionFlag = 0
	GROUP BY v.Channel, v.BrandId, c.ContactId) x
GROUP BY Channel, BrandId, ZoneId, Optin, StateId;
ALTER TABLE new_contactability ADD PRIMARY KEY (Channel, BrandId, ZoneId, Optin, StateId);

-- Each month from a cohort's first to this one is a row, also one in which nobody bought.
CREATE TABLE new_cohort AS
SELECT g.CohortMonth, g.Month, TIMESTAMPDIFF(MONTH, g.CohortMonth, g.Month) AS MonthNumber,
	g.CohortContacts, COALESCE(b.ActiveContacts, 0) AS ActiveContacts,
	ROUND(COALESCE(b.ActiveContacts, 0) / CAST(g.CohortContacts AS DECIMAL(20, 6)), 6)
		AS Retention, COALESCE(b.Purchases, 0) AS Purchases,
	COALESCE(b.RefAmount, 0) AS RefAmount, @now AS CreationDate, @now AS ModificationDate
FROM (SELECT c.CohortMonth, c.CohortContacts, c.CohortMonth + INTERVAL seq MONTH AS Month
	FROM (SELECT FirstPurchaseMonth AS CohortMonth, COUNT(*) AS CohortContacts
		FROM new_contact WHERE FirstPurchaseMonth >= @cohorts
		GROUP BY FirstPurchaseMonth) c
	JOIN seq_0_to_35 ON c.CohortMonth + INTERVAL seq MONTH <= @this_month) g
	LEFT JOIN (SELECT c.FirstPurchaseMonth, p.Month,
			COUNT(DISTINCT p.ContactId) AS ActiveContacts, COUNT(*) AS Purchases,
			COALESCE(SUM(p.RefAmount), 0) AS RefAmount
		FROM new_contact c JOIN purchase p ON p.ContactId = c.ContactId
		WHERE c.FirstPurchaseMonth >= @cohorts
		GROUP BY c.FirstPurchaseMonth, p.Month) b
		ON b.FirstPurchaseMonth = g.CohortMonth AND b.Month = g.Month;
ALTER TABLE new_cohort ADD PRIMARY KEY (CohortMonth, Month);

CREATE TABLE new_state AS
SELECT 1 AS DecisionStateId, @now AS AsOf, @zone AS TimeZone,
	@currency AS ReferenceCurrencyId,
	(SELECT COUNT(*) FROM new_contact) AS Contacts,
	(SELECT COUNT(*) FROM purchase) AS Purchases,
	@now AS CreationDate, @now AS ModificationDate;

RENAME TABLE peer_state TO old_state, new_state TO peer_state, peer_contact TO old_contact,
	new_contact TO peer_contact, peer_month TO old_month, new_month TO peer_month,
	peer_contactability TO old_contactability, new_contactability TO peer_contactability,
	peer_cohort TO old_cohort, new_cohort TO peer_cohort;
DROP TABLE old_state, old_contact, old_month, old_contactability, old_cohort;

-- A file of customers by hand: LOAD DATA into a staging table, then one INSERT … SELECT … ON
-- DUPLICATE KEY UPDATE per entity. FILE is filled in by t/bench/import.pl.
SET @now = UTC_TIMESTAMP(6);
CREATE TABLE staging_customer (
	row_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, id VARCHAR(255) CHARACTER SET utf8mb4
	COLLATE utf8mb4_nopad_bin, title VARCHAR(20), first VARCHAR(200), last VARCHAR(200),
	born VARCHAR(20), mail VARCHAR(254), news VARCHAR(10), phone VARCHAR(64), sms VARCHAR(10),
	street VARCHAR(255), zip VARCHAR(32), city VARCHAR(200), country VARCHAR(20)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
LOAD DATA INFILE 'FILE' INTO TABLE staging_customer CHARACTER SET utf8mb4
	FIELDS TERMINATED BY ';' OPTIONALLY ENCLOSED BY '"' LINES TERMINATED BY '\n' IGNORE 1 LINES
	(id, title, first, last, born, mail, news, phone, sms, street, zip, city, country);
SET @base = (SELECT COALESCE(MAX(ContactId), 0) FROM Contact);

INSERT INTO Contact (ContactId, CivilityId, FirstName, LastName, BirthDate, ZoneId, DeletionFlag,
	SourceStamp, CreationDate, ModificationDate)
SELECT COALESCE(i.ContactId, @base + s.row_id), CASE s.title WHEN 'Mr' THEN 1 WHEN 'Mrs' THEN 2 END,
	s.first, s.last, STR_TO_DATE(s.born, '%d/%m/%Y'), 1, 0, @now, @now, @now
FROM staging_customer s LEFT JOIN ContactIdentifier i FORCE INDEX (natural_key)
	ON i.Identifier = s.id AND i.SourceId = 1
ON DUPLICATE KEY UPDATE CivilityId = VALUES(CivilityId), FirstName = VALUES(FirstName),
	LastName = VALUES(LastName), BirthDate = VALUES(BirthDate),
	ModificationDate = VALUES(ModificationDate);

INSERT INTO ContactIdentifier (ContactIdentifierId, Identifier, ContactId, SourceId, CreationDate,
	ModificationDate)
SELECT UUID(), s.id, @base + s.row_id, 1, @now, @now FROM staging_customer s
ON DUPLICATE KEY UPDATE ModificationDate = ContactIdentifier.ModificationDate;

INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, Address4, PostCode, City, CountryId,
	Email, EmailNormal, EmailOptin, EmailOptinDate, MobilePhoneNumber, MobilePhoneOptin,
	MobilePhoneOptinDate, DeletionFlag, SourceStamp, CreationDate, ModificationDate)
SELECT i.ContactId, 1, 1, s.street, s.zip, s.city, CASE s.country WHEN 'FR' THEN 'FRA'
	WHEN 'DE' THEN 'DEU' WHEN 'BE' THEN 'BEL' WHEN 'CH' THEN 'CHE' WHEN 'IT' THEN 'ITA' END,
	s.mail, LOWER(s.mail), s.news, @now,
	s.phone, s.sms, @now, 0, @now, @now, @now
FROM staging_customer s STRAIGHT_JOIN ContactIdentifier i FORCE INDEX (natural_key)
	ON i.Identifier = s.id AND i.SourceId = 1
ON DUPLICATE KEY UPDATE Address4 = VALUES(Address4), PostCode = VALUES(PostCode),
	City = VALUES(City), CountryId = VALUES(CountryId), Email = VALUES(Email),
	EmailNormal = VALUES(EmailNormal), EmailOptin = VALUES(EmailOptin),
	MobilePhoneNumber = VALUES(MobilePhoneNumber), MobilePhoneOptin = VALUES(MobilePhoneOptin),
	ModificationDate = VALUES(ModificationDate);
DROP TABLE staging_customer;

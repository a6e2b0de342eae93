-- A file of orders, a row a line, by hand: as import_customers.sql.
SET @now = UTC_TIMESTAMP(6);
CREATE TABLE staging_line (
	row_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, number VARCHAR(255) CHARACTER SET utf8mb4
	COLLATE utf8mb4_nopad_bin, day VARCHAR(20), customer VARCHAR(255) CHARACTER SET utf8mb4
	COLLATE utf8mb4_nopad_bin, total VARCHAR(30), sku VARCHAR(255) CHARACTER SET utf8mb4
	COLLATE utf8mb4_nopad_bin, name VARCHAR(500), quantity VARCHAR(30), price VARCHAR(30)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
LOAD DATA INFILE 'FILE' INTO TABLE staging_line CHARACTER SET utf8mb4
	FIELDS TERMINATED BY ';' OPTIONALLY ENCLOSED BY '"' LINES TERMINATED BY '\n' IGNORE 1 LINES
	(number, day, customer, total, sku, name, quantity, price);

INSERT INTO PurchaseGood (Identifier, Sku, Label, SourceId, DeletionFlag, SourceStamp, CreationDate,
	ModificationDate)
SELECT s.sku, s.sku, MIN(s.name), 1, 0, @now, @now, @now FROM staging_line s GROUP BY s.sku
ON DUPLICATE KEY UPDATE ModificationDate = PurchaseGood.ModificationDate;

INSERT INTO PurchaseHeader (PurchaseIdentifier, SourceId, ContactId, PurchaseDate, CurrencyId,
	Amount, DeletionFlag, SourceStamp, CreationDate, ModificationDate)
SELECT s.number, 1, i.ContactId, STR_TO_DATE(s.day, '%d/%m/%Y'), 'EUR',
	REPLACE(s.total, ',', '.'), 0, @now, @now, @now
FROM (SELECT number, MIN(row_id) AS row_id FROM staging_line GROUP BY number) one
	STRAIGHT_JOIN staging_line s ON s.row_id = one.row_id
	STRAIGHT_JOIN ContactIdentifier i FORCE INDEX (natural_key)
	ON i.Identifier = s.customer AND i.SourceId = 1
ON DUPLICATE KEY UPDATE ContactId = VALUES(ContactId), PurchaseDate = VALUES(PurchaseDate),
	CurrencyId = VALUES(CurrencyId), Amount = VALUES(Amount),
	ModificationDate = VALUES(ModificationDate);

INSERT INTO PurchaseDetail (PurchaseHeaderId, Identifier, PurchaseGoodId, SourceId, Quantity,
	Amount, DeletionFlag, SourceStamp, CreationDate, ModificationDate)
SELECT h.PurchaseHeaderId, s.sku, g.PurchaseGoodId, 1, s.quantity, REPLACE(s.price, ',', '.'), 0,
	@now, @now, @now
FROM staging_line s
	STRAIGHT_JOIN PurchaseHeader h FORCE INDEX (natural_key)
		ON h.PurchaseIdentifier = s.number AND h.SourceId = 1
	STRAIGHT_JOIN PurchaseGood g FORCE INDEX (natural_key)
		ON g.Identifier = s.sku AND g.SourceId = 1
ON DUPLICATE KEY UPDATE PurchaseGoodId = VALUES(PurchaseGoodId), Quantity = VALUES(Quantity),
	Amount = VALUES(Amount), ModificationDate = VALUES(ModificationDate);
DROP TABLE staging_line;

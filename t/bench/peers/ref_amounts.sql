-- Reference amounts as a developer would write them for a night: a statement for the purchases and
-- one for their lines, each over the whole table. Halves go to even, as in the product.
-- t/bench/decisional.pl sets @currency.
SET autocommit = 1;

CREATE TEMPORARY TABLE rate_of (PRIMARY KEY (PurchaseHeaderId))
SELECT PurchaseHeaderId, IF(CurrencyId = @currency, 1, (SELECT r.Rate FROM CurrencyRate r
	WHERE r.CurrencyId = h.CurrencyId AND r.ValidFrom <= h.PurchaseDate
	ORDER BY r.ValidFrom DESC LIMIT 1)) AS Rate
FROM PurchaseHeader h;

UPDATE PurchaseHeader h JOIN rate_of r ON r.PurchaseHeaderId = h.PurchaseHeaderId
SET h.RefAmount = ROUND(h.Amount * r.Rate, 4)
		- IF(ABS(ROUND(h.Amount * r.Rate, 4) - h.Amount * r.Rate) = 0.00005
			AND MOD(ABS(ROUND(h.Amount * r.Rate, 4)) * 10000, 2) = 1,
			SIGN(h.Amount * r.Rate) * 0.0001, 0),
	h.RefTaxFreeAmount = ROUND(h.TaxFreeAmount * r.Rate, 4)
		- IF(ABS(ROUND(h.TaxFreeAmount * r.Rate, 4) - h.TaxFreeAmount * r.Rate) = 0.00005
			AND MOD(ABS(ROUND(h.TaxFreeAmount * r.Rate, 4)) * 10000, 2) = 1,
			SIGN(h.TaxFreeAmount * r.Rate) * 0.0001, 0),
	h.RefDiscountAmount = ROUND(h.DiscountAmount * r.Rate, 4)
		- IF(ABS(ROUND(h.DiscountAmount * r.Rate, 4) - h.DiscountAmount * r.Rate) = 0.00005
			AND MOD(ABS(ROUND(h.DiscountAmount * r.Rate, 4)) * 10000, 2) = 1,
			SIGN(h.DiscountAmount * r.Rate) * 0.0001, 0);

UPDATE PurchaseDetail d JOIN rate_of r ON r.PurchaseHeaderId = d.PurchaseHeaderId
SET d.RefAmount = ROUND(d.Amount * r.Rate, 4)
		- IF(ABS(ROUND(d.Amount * r.Rate, 4) - d.Amount * r.Rate) = 0.00005
			AND MOD(ABS(ROUND(d.Amount * r.Rate, 4)) * 10000, 2) = 1,
			SIGN(d.Amount * r.Rate) * 0.0001, 0),
	d.RefTaxFreeAmount = ROUND(d.TaxFreeAmount * r.Rate, 4)
		- IF(ABS(ROUND(d.TaxFreeAmount * r.Rate, 4) - d.TaxFreeAmount * r.Rate) = 0.00005
			AND MOD(ABS(ROUND(d.TaxFreeAmount * r.Rate, 4)) * 10000, 2) = 1,
			SIGN(d.TaxFreeAmount * r.Rate) * 0.0001, 0),
	d.RefDiscountAmount = ROUND(d.DiscountAmount * r.Rate, 4)
		- IF(ABS(ROUND(d.DiscountAmount * r.Rate, 4) - d.DiscountAmount * r.Rate) = 0.00005
			AND MOD(ABS(ROUND(d.DiscountAmount * r.Rate, 4)) * 10000, 2) = 1,
			SIGN(d.DiscountAmount * r.Rate) * 0.0001, 0);

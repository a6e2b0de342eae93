-- Codes in the form in which they are looked up: without characters of no width, without blanks of
-- Unicode at their ends. Where two would have one form, or it is there already, the others stay.
UPDATE api_code k
JOIN (
	SELECT MIN(code_id) AS code_id,
		REGEXP_REPLACE(REGEXP_REPLACE(code, '\\p{Cf}', ''),
			'^[\\p{Z}\\p{Cc}]+|[\\p{Z}\\p{Cc}]+$', '') AS form
	FROM api_code
	WHERE LENGTH(code) <> CHAR_LENGTH(code) AND code REGEXP '[\\p{Z}\\p{Cc}\\p{Cf}]'
	GROUP BY form
) n ON n.code_id = k.code_id
LEFT JOIN api_code other ON other.code = CONVERT(n.form USING utf8mb4) COLLATE utf8mb4_nopad_bin
SET k.code = n.form
WHERE other.code_id IS NULL AND n.form <> '';

<?php
// GetContact and GetListPoints of the club as a site's own developer would write them: the same
// selects, prepared, over a persistent connection. Served by php-fpm.
function refuse(int $status): never
{
	http_response_code($status);
	exit;
}
$dsn = "mysql:unix_socket={$_SERVER['PEER_SOCKET']};dbname=tenant1;charset=utf8mb4";
$pdo = new PDO($dsn, 'root', '', [
	PDO::ATTR_PERSISTENT => true,
	PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
	PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
]);
function rows(string $sql, array $values): array
{
	global $pdo;
	$statement = $pdo->prepare($sql);
	$statement->execute($values);
	return $statement->fetchAll();
}
$token = rows('SELECT t.rights FROM customerapi.api_token t
	JOIN customerapi.api_alias a ON a.alias_id = t.alias_id
	JOIN customerapi.api_customer c ON c.customer_id = a.customer_id
	WHERE t.token_hash = UNHEX(?) AND c.name = ? AND a.name = ?', [
	hash('sha256', $_SERVER['HTTP_X_CRM360API_TOKEN'] ?? ''),
	$_SERVER['HTTP_X_CRM360API_CUSTOMERNAME'] ?? '',
	$_SERVER['HTTP_X_CRM360API_DATABASEALIAS'] ?? '',
]);
if (!$token || !str_contains($token[0]['rights'], 'club')) {
	refuse(401);
}
parse_str($_SERVER['QUERY_STRING'] ?? '', $query);
$contact = rows('SELECT c.ContactId, c.CreationDate, c.ModificationDate, c.ZoneId, c.GenderId,
	c.CivilityId, c.TitleId, c.FirstName, c.MiddleName, c.LastName, c.LastName2, c.BirthDate,
	c.MaritalStatusId, c.JobTitle, c.CompanyName, c.GlobalOptin, c.GlobalPartnerOptin,
	c.ContactTypeId, c.NationalityId, c.LanguageId, c.FreeField1, c.FreeField2, c.FreeField3,
	c.FreeField4, c.FreeField5
	FROM ContactIdentifier k JOIN Contact c ON c.ContactId = k.ContactId
	WHERE k.Identifier = ? AND k.SourceId = ? AND c.DeletionFlag = 0',
	[$query['DrupalId'] ?? '', (int) ($query['SourceId'] ?? 0)])[0] ?? refuse(404);
$id = $contact['ContactId'];
if (str_ends_with($_SERVER['PEER_PATH'], 'GetContact')) {
	$contact['Addresses'] = rows('SELECT * FROM Address WHERE ContactId = ? AND DeletionFlag = 0
		ORDER BY BrandId, ContactAddressTypeId LIMIT 100', [$id]);
	$contact['AttachedStores'] = rows('SELECT s.StoreId, s.StoreIdentifier, s.SourceId, s.Label,
		s.BrandId, s.Address1, s.PostCode, s.City, s.CountryId, a.AttachedStoreTypeId
		FROM AttachedStore a JOIN Store s ON s.StoreId = a.StoreId
		WHERE a.ContactId = ? AND a.DeletionFlag = 0 AND s.DeletionFlag = 0
		ORDER BY a.StoreId LIMIT 100', [$id]);
	$contact['ContactInterests'] = rows('SELECT i.ContactInterestId, g.Identifier, g.SourceId,
		g.Label, g.BrandId, i.PurchaseGoodCategoryId, i.InterestDate
		FROM ContactInterest i JOIN PurchaseGoodCategory g
			ON g.PurchaseGoodCategoryId = i.PurchaseGoodCategoryId
		WHERE i.ContactId = ? AND i.DeletionFlag = 0
		ORDER BY i.PurchaseGoodCategoryId LIMIT 100', [$id]);
	$reply = $contact;
} else {
	$movements = rows('SELECT p.LoyaltyPointId, p.PointTypeId, y.Label, p.PointAmount,
		p.PointOriginalAmount, p.PointUsedAmount, p.PointExpiredAmount, p.DatePoint,
		p.ExpiredDatePoint, p.PurchaseHeaderId, p.VoucherId, p.PointIdentifier, p.SourceId
		FROM LoyaltyPoint p
		LEFT JOIN LoyaltyPointType y ON y.LoyaltyPointTypeId = p.PointTypeId
		WHERE p.ContactId = ? AND p.DeletionFlag = 0
		ORDER BY p.LoyaltyPointId DESC LIMIT 500', [$id]);
	$sum = fn ($name) => array_sum(array_column($movements, $name));
	$limit = gmdate('Y-m-d H:i:s', time() + 30 * 86400);
	$reply = [
		'ContactId' => $id,
		'PointBalance' => $sum('PointAmount'),
		'PointOriginalAmount' => $sum('PointOriginalAmount'),
		'PointUsedAmount' => $sum('PointUsedAmount'),
		'PointExpiredAmount' => $sum('PointExpiredAmount'),
		'ExpiringSoon' => array_values(array_filter($movements, fn ($m) =>
			$m['ExpiredDatePoint'] !== null && $m['ExpiredDatePoint'] <= $limit)),
		'LoyaltyPoints' => array_slice($movements, 0, 50),
	];
}
header('Content-Type: application/json');
echo json_encode($reply);

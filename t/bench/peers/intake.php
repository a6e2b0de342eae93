<?php
// The intake of webhooks as a shop's own developer would write it: check the signature, one row,
// one durable commit. Served by php-fpm with persistent connections.
$body = file_get_contents('php://input');
parse_str($_SERVER['QUERY_STRING'] ?? '', $query);
$given = $_SERVER['HTTP_X_SHOPIFY_HMAC_SHA256'] ?? '';
$expected = base64_encode(hash_hmac('sha256', $body, $_SERVER['PEER_SECRET'], true));
if (!hash_equals($expected, $given)) {
	http_response_code(401);
	return;
}
$dsn = "mysql:unix_socket={$_SERVER['PEER_SOCKET']};dbname=peer;charset=utf8mb4";
$pdo = new PDO($dsn, 'root', '', [
	PDO::ATTR_PERSISTENT => true,
	PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
]);
$receipt = random_bytes(16);
$headers = ['topic' => $_SERVER['HTTP_X_SHOPIFY_TOPIC'] ?? null];
$insert = $pdo->prepare('INSERT INTO message (receipt, dedup_key, tenant_id, source_id, platform,
	entity, action, headers, uri, body, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NOW(6))
	ON DUPLICATE KEY UPDATE id = id');
$insert->execute([$receipt, $_SERVER['HTTP_X_SHOPIFY_WEBHOOK_ID'], 1, (int) $query['SourceId'],
	'Shopify', 'Order', 'Insert', json_encode($headers), $_SERVER['REQUEST_URI'], $body]);
http_response_code(202);
header('Content-Type: application/json');
echo json_encode(['Receipt' => bin2hex($receipt), 'Duplicate' => $insert->rowCount() === 0]);

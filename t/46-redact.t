# What a shop asks for is about that shop: a redaction takes from a contact that another Source
# knows only what the asking Source brought, and from nobody else anything; and who asks has to show
# who he is.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex sha256_hex);
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Rival;
use World;

my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_LEASE_S => 10 });
my ($s, $db) = ($w->{s}, $w->{db});
my ($key, $other, $signed, $open) = (1 .. 4);
my $secret = 'redact-secret';
$w->source(1, $other);
$w->admin("source add C1 A1 --source-id $signed --label Signed --scheme hmac --sig-header X-Sig "
	. "--sig-encoding hex --secret-file -", $secret);
$w->admin("source add C1 A1 --source-id $open --label Open --open");
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('redact-token') . "', 'webhook', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'redact-token', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');

sub value { return $w->value($_[0]) }
sub given { my ($source, $what, $body, %more) = @_;
	my $r = $w->post("Standard/$what", $body, source => $source, headers => \%token, %more);
		is($r->{outcome}, 'done', "Source $source: $what") or diag($r->{reason}) }
sub state_of { my ($r) = $s->sql("SELECT state, reason_class, OCTET_LENGTH(body) > 0 FROM "
	. "api_message WHERE receipt = x'$_[0]'"); return "@$r" }

# A message of a Shopify topic, with the Source's own credential, or the one that is named.
my $topic = 0;
sub shopify {
	my ($source, $what, $body, %more) = @_;
	my ($as, $after) = ($more{as} // ($source == $signed ? 'signature' : $source == $open
		? 'nothing' : 'key'), $more{after} // 0);
	my %headers = $as eq 'signature' ? ('X-Sig' => hmac_sha256_hex(World::encoded($body),
		$secret)) : $as eq 'token' ? %token : ();
	return $w->queue("Shopify/$what", $body, source => $source,
		headers => { 'X-Shopify-Webhook-Id' => 'redact-' . ++$topic, %headers },
		query => ($as eq 'key' ? '&key=key-1' : '')
		. ($after ? "&secondsOfInvisibility=$after" : ''));
}
sub redact { my ($source, $who, %more) = @_;
	return shopify($source, 'Compliance/Redact', { shop_id => 1, shop_domain => 'demo.example',
		customer => $who, orders_to_redact => [] }, %more) }
sub is_redacted { my ($receipt, $name) = @_;
	ok($s->until_is(2, "SELECT state FROM api_privacy WHERE receipt = x'$receipt'"), $name)
		or diag($w->became($receipt)->{reason}) }

# ------------------------------------------------------------------ who has to be known
for (['open' => $open, 'nothing', 'dead'], ['key' => $key, 'key', 'done'],
	['signature' => $signed, 'signature', 'done'], ['a token' => $open, 'token', 'done']) {
	my ($name, $source, $as, $outcome) = @$_;
	given($source, 'Contact/Insert', { ExternalKey => { Identifier => '100' },
		LastName => "Proof$source" }) if $as ne 'token';
	my $requests = $s->value('SELECT COUNT(*) FROM api_privacy');
	my %asked = (Redact => redact($source, { id => 100 }, as => $as),
		DataRequest => shopify($source, 'Compliance/DataRequest',
			{ shop_id => 1, shop_domain => 'x', customer => { id => 100 },
				orders_requested => [], data_request => { id => 1 } }, as => $as));
	$asked{ShopRedact} = shopify($source, 'Compliance/ShopRedact',
		{ shop_id => 1, shop_domain => 'x' }, as => $as) if $source == $open;
	for my $action (sort keys %asked) {
		my $r = $w->became($asked{$action});
		is($r->{outcome}, $outcome, "$name: $action is $outcome") or diag($r->{reason});
		is($r->{reason}, "The sender is not authenticated. A request about persons needs "
			. "the Source's signature or key, or the tenant's token.",
			'the reason says what is needed') if $outcome eq 'dead';
	}
	is($s->value('SELECT COUNT(*) FROM api_privacy') - $requests,
		$outcome eq 'dead' ? 0 : scalar keys %asked, "$name: what is noted");
	is_redacted($asked{Redact}, "$name: erased") if $outcome eq 'done';
	is_redacted($asked{ShopRedact}, "$name: the Source is erased") if $as eq 'token';
	is(value("SELECT COUNT(*) FROM Contact WHERE LastName = 'Proof$source'"),
		$outcome eq 'dead' ? 1 : 0, "$name: what is there afterwards");
}
is($s->value("SELECT COUNT(*) FROM api_run WHERE process = 'Erase' AND created_at < (SELECT "
	. "MIN(requested_at) FROM api_privacy)"), 0, 'nothing was planned without proof');
$s->sql('INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, source_id, '
	. 'platform, entity, action, method, uri, headers, body) VALUES'
	. " (REPEAT('u', 16), 1, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, 'Shopify', "
		. "'Compliance', 'ShopRedact', 'POST', '/', '{}', "
			. "'{\"shop_id\": 1, \"shop_domain\": \"x\"}')");
is($w->became(unpack 'H*', 'u' x 16)->{outcome}, 'dead',
	'a message of which it is not noted is refused, too');

# ------------------------------------------------------------------ a contact of two Sources
my $n = 0;
# A person whom Sources know by the number; what each has of it. Returns the ContactId.
sub person {
	my ($number, @sources) = @_;
	my ($name, $id) = "Name$number";
	for my $source (@sources) {
		my $who = { ContactExternalKey => { Identifier => $number } };
		if (!defined $id) {
			given($source, 'Contact/Insert', { ExternalKey => { Identifier => $number },
				LastName => $name });
			$id = value("SELECT ContactId FROM Contact WHERE LastName = '$name'");
			given($source, 'Address/Insert',
				{ %$who, City => "City$number",
					Email => "p$number\@redact.example" });
		} else {
			given($source, 'ContactIdentifier/Insert',
				{ Identifier => $number, ContactId => $id });
		}
		given($source, 'PurchaseHeader/Insert',
			{ PurchaseIdentifier => "o$number", Amount => 10 * $source,
				PurchaseReference => "$name at $source", %$who });
		given($source, 'PurchaseDetail/Insert',
			{ PurchaseHeaderExternalKey => { PurchaseIdentifier => "o$number" },
				Identifier => "l$number", Quantity => $source });
		given($source, 'LoyaltyCard/Insert', { CardIdentifier => "c$number", %$who });
		given($source, 'LoyaltyPoint/Insert',
			{ PointIdentifier => "p$number", PointAmount => $source, %$who });
		given($source, 'Case/Insert', { CaseIdentifier => "k$number", %$who });
	}
	return $id;
}
# What is there of a Source, and of a contact itself.
sub rows_of {
	my ($id, $source) = @_;
	my @parts = map { my ($table, @columns) = @$_;
		map { join ' ', $table, map { $_ // 'NULL' } @$_ } $w->sql("SELECT " . join(', ',
			@columns) . " FROM `$table` WHERE ContactId = $id"
			. ($source ? " AND SourceId = $source" : '') . ' ORDER BY 1') }
		$source ? (['ContactIdentifier', 'Identifier'],
			['PurchaseHeader', 'PurchaseHeaderId', 'PurchaseIdentifier', 'Amount',
				'PurchaseReference'],
				['LoyaltyCard', 'LoyaltyCardId', 'CardIdentifier'],
			['LoyaltyPoint', 'LoyaltyPointId', 'PointIdentifier', 'PointAmount'],
			['Case', 'CaseId', 'CaseIdentifier']) : (['Contact', 'LastName'],
			['Address', 'AddressId', 'City', 'Email']);
	push @parts, map { "line @$_" } $w->sql("SELECT d.PurchaseDetailId, d.Identifier, "
		. "d.Quantity FROM PurchaseDetail d JOIN PurchaseHeader h USING "
			. "(PurchaseHeaderId) WHERE h.ContactId = $id AND h.SourceId = $source")
			if $source;
	return join "\n", @parts;
}
# Messages of a Source about a person: one waits, one is dead. Receipts.
sub messages {
	my ($source, $number) = @_;
	my $body = { order_id => 5,
		customer => { id => $number + 0, email => "P$number\@redact.example" } };
	my @r = (shopify($source, 'Order/Insert', { %$body, id => ++$n }, after => 86400,
		as => 'token'), shopify($source, 'Refund/Insert', { %$body, note => ++$n },
		as => 'token'));
	$w->became($r[1]);
	return @r;
}
sub log_of { $s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, "
	. "not_before, result, reason, log_tail, created_at) VALUES (1, 'ImportFtp', '{}', 2, 5, "
		. "'2026-01-01', '{}', 'odd', 'line 3: p$_[0]\@redact.example', '2026-01-01')");
		return $s->value('SELECT MAX(run_id) FROM api_run') }
sub log_is { return $s->value("SELECT CONCAT('<', log_tail, '>') FROM api_run WHERE run_id = $_[0]")
	}

my $id = person(200, $key, $other);
my $bystander = person(201, $key);
# What another Source has that hangs on the first one's rows, and the other way round.
my %row = map { $_ => value("SELECT ${_}Id FROM $_ WHERE ContactId = $id AND SourceId = $key")
	} qw(PurchaseHeader LoyaltyCard);
$w->sql("INSERT INTO LoyaltyPoint (PointIdentifier, SourceId, PurchaseHeaderId, PointAmount, "
	. "CreationDate, ModificationDate) VALUES ('hangs', $other, $row{PurchaseHeader}, 7, "
		. "'2026-01-01', '2026-01-01'),
	('hangs', $key, (SELECT PurchaseHeaderId FROM PurchaseHeader WHERE ContactId = $id AND "
		. "SourceId = $other), 8, '2026-01-01', '2026-01-01');
	INSERT INTO LoyaltyCardAction (Identifier, SourceId, LoyaltyCardId, CreationDate,
		ModificationDate) VALUES ('hangs', $other, $row{LoyaltyCard}, '2026-01-01',
		'2026-01-01')");
my ($own_waits, $own_dead) = messages($key, 200);
my ($other_waits, $other_dead) = messages($other, 200);
my $log = log_of(200);
$s->sql("INSERT INTO api_mail (message_id, tenant_id, kind, subject, content, state, created_at, "
	. "visible_at, give_up_at, header_id) SELECT id, 1, 1, 's', 'to p200\@redact.example', 3, "
		. "'2026-01-01', '2026-01-01', '2026-01-02', HEX(receipt) FROM api_message WHERE "
			. "receipt IN (x'$own_dead', x'$other_dead')");
my @kept = (rows_of($id), rows_of($id, $other), rows_of($bystander, $key), rows_of($bystander));
my $money = join ' ',
	map { "@$_" } $w->sql(
		'SELECT SourceId, SUM(Amount) FROM PurchaseHeader GROUP BY 1 ORDER BY 1');
sub is_kept { my ($name) = @_;
	is(join("\n--\n", rows_of($id), rows_of($id, $other), rows_of($bystander, $key),
		rows_of($bystander)), join("\n--\n", @kept),
		"$name: the contact, and what the other Source has, is as it was") }

# Who has one shop's key, and knows whom another one has.
is_redacted(redact($key, { id => 999999, email => 'p200@redact.example' }),
	"a redaction of a number that the Source does not have, with the address of another's "
		. "customer");
is_kept('leaked key');
is(state_of($other_waits) . ' ' . state_of($other_dead), '1  1 5 unrouted 1',
	"messages of the other Source are as they were");
like(log_is($log), qr/p200/, 'so is a log');
is(state_of($own_waits), '1  1', 'one of the asking Source that waits is about another number: it '
	. 'only mentions the address');

my $receipt = redact($key, { id => 200, email => 'p200@redact.example' });
is_redacted($receipt, 'one Source redacts');
is_kept('redacted');
is(rows_of($id, $key), '', 'of the asking Source nothing is left');
is(value("SELECT COUNT(*) FROM PurchaseHeader WHERE SourceId = $key AND PurchaseHeaderId = "
	. "$row{PurchaseHeader} AND Amount = 10 AND PurchaseReference IS NULL"), 1,
	'its purchase stands without the person');
is(join(' ',
	map { "@$_" } $w->sql(
		'SELECT SourceId, SUM(Amount) FROM PurchaseHeader GROUP BY 1 ORDER BY 1')), $money,
		'amounts stay');
is(value("SELECT GROUP_CONCAT(SourceId, ' ', PointIdentifier = 'hangs' ORDER BY SourceId) FROM "
	. "LoyaltyPoint WHERE PointAmount IN (7, 8)"), "$key 0,$other 1",
	"points that are of nobody: the other Source's are as they were, the own without the person");
is(value("SELECT COUNT(*) FROM LoyaltyCardAction WHERE Identifier = 'hangs'"), 0,
	'what cannot be without a row that went, went too');
is(join(', ', map { state_of($_) } $own_waits, $own_dead), '7 erased 0, 7 erased 0',
	"the Source's messages are gone, what waited is cancelled");
is(join(', ', map { state_of($_) } $other_waits, $other_dead), '1  1, 5 unrouted 1',
	"the other's are as they were");
is($s->value("SELECT GROUP_CONCAT(HEX(m.receipt)) FROM api_mail o JOIN api_message m ON m.id = "
	. "o.message_id WHERE o.content LIKE 'to p200%'"), uc $other_dead, 'so are mails of those');
like(log_is($log), qr/p200/,
	'a log, which is of no Source, stays while another Source knows the person');
unlike(state_of($receipt), qr/ 1$/, 'of the request the receipt is left');

# What comes afterwards
my $late = shopify($key, 'Customer/Update',
	{ id => 200, last_name => 'Late', email => 'p200@redact.example',
		updated_at => '2026-02-01T00:00:00Z' });
is($w->became($late)->{outcome}, 'superseded', 'a late delivery of the asking Source is refused');
given($other, 'Address/Insert', { ContactExternalKey => { Identifier => '200' },
	ContactAddressTypeId => 2, City => 'New' });
given($other, 'PurchaseHeader/Insert', { PurchaseIdentifier => 'later', Amount => 3,
	ContactExternalKey => { Identifier => '200' } });
given($other, 'Contact/Update', { ExternalKey => { Identifier => '200' }, FirstName => 'Still' });
@kept[0, 1] = (rows_of($id), rows_of($id, $other));
is_redacted(redact($key, { id => 200, email => 'p200@redact.example' }), 'asked twice');
is_kept('twice');
is($w->admin('contact find C1 A1 --source-id 2 --identifier 200') =~ /\b$id\b/ ? 1 : 0, 1,
	'the other Source has its customer');
is_redacted(redact($other, { id => 200, email => 'p200@redact.example' }),
	'then the other Source redacts');
is(rows_of($id) . rows_of($id, $other), '', 'the contact is gone wholly');
is(state_of($other_waits) . ', ' . state_of($other_dead), '7 erased 0, 7 erased 0',
	'with messages');
is(log_is($log), '<>', 'and logs');
is(join("\n", rows_of($bystander, $key), rows_of($bystander)), join("\n", @kept[2, 3]),
	'somebody else is there');
is(join(' ',
	map { "@$_" } $w->sql("SELECT SourceId, SUM(Amount) FROM PurchaseHeader WHERE Amount <> 3 "
		. "GROUP BY 1 ORDER BY 1")), $money, 'amounts stay');

# By whatever credential it is asked
$w->admin("source set C1 A1 --source-id $signed --may-write all");
for (['token', $key], ['signature', $signed]) {
	my ($as, $source) = @$_;
	my $number = 210 + $source;
	$id = person($number, $source, $other);
	@kept[0, 1] = (rows_of($id), rows_of($id, $other));
	is_redacted(redact($source, { id => $number }, as => $as),
		"asked with a $as that may write everything");
	is_kept($as);
	is(rows_of($id, $source), '', 'and only what is of the Source is gone');
	my $shared = person($number + 20, $source, $other);
	like($w->admin("contact erase C1 A1 --yes --source-id $source --identifier "
		. ($number + 20)), qr/^Erased/m, 'an admin erases');
	is(rows_of($shared) . rows_of($shared, $source) . rows_of($shared, $other), '',
		'all of it');
}
# What the tenant holds is one: the tenant's customer asks the tenant.
$id = person(220, $key, $other);
my $asked = shopify($key, 'Compliance/DataRequest',
	{ shop_id => 1, shop_domain => 'x', customer => { id => 220 }, orders_requested => [],
		data_request => { id => 2 } });
is($w->became($asked)->{outcome}, 'done', 'a data request');
my $document = $w->admin('contact export C1 A1 --request '
	. $s->value("SELECT privacy_id FROM api_privacy WHERE receipt = x'$asked'"));
like($document, qr/Name220 at $_/, "is answered with what Source $_ has") for $key, $other;

# ------------------------------------------------------------------ in between, and at the same
# time
$s->sql('CREATE TRIGGER later BEFORE INSERT ON api_run FOR EACH ROW SET NEW.not_before = '
	. 'NEW.not_before + INTERVAL 1 DAY; CREATE TRIGGER stay BEFORE UPDATE ON api_run FOR EACH '
		. 'ROW SET NEW.not_before = OLD.not_before');	# the daemon leaves them to us
sub planned { my ($source, $who, $what) = @_;
	my $r = $what ? shopify($source, "Compliance/$what", { shop_id => 1, shop_domain => 'x' })
		: redact($source, $who); $w->became($r);
		return $s->value(
			"SELECT privacy_id FROM api_privacy WHERE receipt = x'$r' AND state = 1") }
# privacy finish in a process of its own: its number, and what it says.
sub finish {
	my ($request) = @_;
	my $pid = open(my $out, '-|') // die $!;
	if (!$pid) {
		@ENV{ keys %{ $s->{env} } } = values %{ $s->{env} };
		open STDIN, '<', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		{ exec "$ENV{BUILDDIR}/customerapi", qw(privacy finish C1 A1), $request };
		POSIX::_exit(127);
	}
	return ($pid, sub { local $/; my $said = <$out> // '';
		return close($out) ? 'ended' : "$? $said" });
}
my $rival = Rival->new($db, 'tenant1');

# A contact that another Source comes to know while it is being erased.
$id = person(300, $key);
my $request = planned($key, { id => 300 });
$rival->do('START TRANSACTION');
$rival->do("SELECT ContactId FROM Contact WHERE ContactId = $id FOR UPDATE");
my ($pid, $said) = finish($request);
ok(Rival::until_waiting($db), 'an erasure waits for who has the contact');
$rival->do("INSERT INTO ContactIdentifier (ContactIdentifierId, Identifier, ContactId, SourceId, "
	. "CreationDate, ModificationDate) VALUES ('joined', '300', $id, $other, '2026-01-01', "
		. "'2026-01-01')");
$rival->do('COMMIT');
is($said->(), 'ended', 'who gives it an identifier of another Source');
is(rows_of($id, $key), '', "then the Source's rows go");
like(rows_of($id), qr/Name300.*City300/s, 'and the contact stays');
given($other, 'Address/Insert', { ContactExternalKey => { Identifier => '300' },
	ContactAddressTypeId => 2, City => 'New' });
given($other, 'PurchaseHeader/Insert', { PurchaseIdentifier => 'for 300', Amount => 1,
	ContactExternalKey => { Identifier => '300' } });

# Both Sources at once, by a customer's redaction each, and by a shop's.
for (['a customer', undef], ['a shop', 'ShopRedact']) {
	my ($name, $what) = @$_;
	my $number = $what ? 402 : 401;
	$id = person($number, $key, $other);
	my @requests = map { planned($_, { id => $number }, $what) } $key, $other;
	$rival->do('START TRANSACTION');
	$rival->do("SELECT ContactId FROM Contact WHERE ContactId = $id FOR UPDATE");
	my @both = map { [finish($_)] } @requests;
	my $waiting = 0;
	for (my $end = time + 20; $waiting < 2 && time < $end;) {
		sleep 0.15;	# see Rival::until_waiting()
		$waiting = $s->value("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE "
			. "trx_state = 'LOCK WAIT'");
	}
	is($waiting, 2, "$name: two erasures wait for the contact") or diag(join "\n",
		map { join '|', map { $_ // '' } @$_ } $s->sql("SHOW FULL PROCESSLIST"));
	$rival->do('ROLLBACK');
	is($_->[1]->(), 'ended', 'which end') for @both;
	is(rows_of($id) . rows_of($id, $key) . rows_of($id, $other), '',
		'it is gone wholly: one of them was the second');
}

# A death when the rows are gone and messages are not.
$id = person(500, $key, $other);
my ($waits) = messages($key, 500);
($other_waits) = messages($other, 500);
@kept[0, 1] = (rows_of($id), rows_of($id, $other));
@kept[2, 3] = (rows_of($bystander, $key), rows_of($bystander));
$request = planned($key, { id => 500 });
my $registry = Rival->new($db, 'customerapi');
$registry->do('START TRANSACTION');
$registry->do("SELECT id FROM api_message WHERE receipt = x'$waits' FOR UPDATE");
($pid, $said) = finish($request);
ok(Rival::until_waiting($db), 'a redaction is at its messages');
kill 'KILL', $pid;
like($said->(), qr/^9 /, 'when its process dies');
$registry->do('ROLLBACK');
is_kept('half done');
is(rows_of($id, $key) . ' ' . state_of($waits), ' 1  1',
	"the Source's rows are gone, its messages not");
my $erased_at = $s->value("SELECT erased_at FROM api_privacy WHERE privacy_id = $request");
(undef, $said) = finish($request);
is($said->(), 'ended', 'taken up again');
is_kept('to the end');
is(state_of($waits) . ', ' . state_of($other_waits), '7 erased 0, 1  1',
	'the messages are gone, those of the other Source not');
is($s->value("SELECT erased_at FROM api_privacy WHERE privacy_id = $request"), $erased_at,
	'of the first instant: who came since came anew');

# And anywhere.
$request = planned($other, { id => 500 });
my $killed = 0;
for my $round (1 .. 40) {
	($pid, $said) = finish($request);
	sleep 0.004 * $round;
	kill 'KILL', $pid;
	last if $said->() eq 'ended';
	$killed++;
}
(undef, $said) = finish($request);
like($said->(), qr/^ended$|no open erasure/, "killed $killed times, then done");
is(rows_of($id) . rows_of($id, $other), '', 'after the second Source nothing is left');
is(state_of($other_waits), '7 erased 0', 'nor a message');
is($s->value('SELECT COUNT(*) FROM api_privacy WHERE subject_sealed IS NOT NULL AND kind <> 4'), 0,
	'nor whom it was about');
is($s->stop, 0, 'the daemon ends well');
done_testing();

# What is held of a person can be exported and erased: every entity, messages, mails, logs; late
# deliveries bring nobody back; others keep what is theirs.
use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256 sha256_hex);
use Encode qw(encode_utf8);
use Fcntl qw(S_IMODE);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);
use Fcgi;
use MariaDB;
use Nginx;
use Scheduler;

my $build = $ENV{BUILDDIR};
my $dir = tempdir('customerapi-privacy-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 2, CUSTOMERAPI_QUEUE_LADDER => '1',
	CUSTOMERAPI_QUEUE_LEASE_S => 20, CUSTOMERAPI_KEY_FILE => "$dir/key");
my %env = %{ $s->{env} };
my $said = '';		# all that the command-line tool said
my $json = JSON::PP->new->canonical->allow_bignum;

sub slurp { my ($path) = @_; open my $fh, '<', $path or die "$path: $!"; local $/;
	return <$fh> // '' }
sub spit { my ($path, $text) = @_; open my $fh, '>', $path or die "$path: $!"; print $fh $text;
	close $fh; return $path }

# (exit code, output of both kinds)
sub admin {
	my (@args) = @_;
	local %ENV = (%ENV, %env);
	my $pid = open(my $out, '-|') // die $!;
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		{ exec "$build/customerapi", @args };
		POSIX::_exit(127);
	}
	my $text = do { local $/; <$out> // '' };
	close $out;
	$said .= $text if !grep { $_ eq 'export' || $_ eq 'find' } @args;
	return ($? >> 8, $text);
}

sub good { my ($what, @args) = @_; my ($code, $out) = admin(@args);
	is($code, 0, $what) or diag($out); return $out }
sub told { my ($what, @args) = @_;
	return eval { $json->decode(good($what, @args, '--json')) } // do { fail("$what: JSON: $@");
		{} } }

good('init', 'init');
good('a customer', qw(customer add Demo));
good('a tenant', qw(alias add Demo Main --database crm --create-database --admin-email
	boss@demo.example));
my $tenant = $s->value("SELECT alias_id FROM api_alias WHERE database_name = 'crm'");
my $secret = 'privacy-secret-0815';
spit("$dir/secret", $secret);
good("Source $_", 'source', 'add', 'Demo', 'Main', '--source-id', $_, '--scheme', 'shopify',
	'--secret-file', "$dir/secret") for 1, 2;
good('who may get mail', qw(mail-allow add Demo Main @demo.example));
my $fcgi = Fcgi->start(%env, CUSTOMERAPI_CONF => '/dev/null', CUSTOMERAPI_LOG_LEVEL => 'debug');
my $nginx = Nginx->start($fcgi->socket);

sub crm { return $db->sql($_[0], 'crm') }
sub value { return $db->value($_[0], 'crm') }
sub dump_all {
	my (@databases) = @_;
	my $which = @databases ? "--databases @databases" : '--all-databases';
	my $out = $db->dump_of("--skip-extended-insert --hex-blob --skip-comments $which");
	# Blobs are hexadecimal in a dump; what they say is looked at, too.
	$out =~ s/0x([0-9A-F]{2,})/"0x$1 " . pack('H*', $1)/ge;
	return $out;
}
sub logs { return join '', $fcgi->log, $nginx->logs, map { -e $_ ? slurp($_) : '' } $s->dir
	. '/log' }

# Which of the canaries a text holds, upper and lower case alike.
sub held { my ($text, @canaries) = @_; my $lower = lc $text;
	return grep { index($lower, lc) >= 0 } @canaries }

# ------------------------------------------------------------------ every entity that refers to a
# contact
# From the entity table: who refers to whom. Worked out here in a way of its own.
my (%columns, %key, %natural, @order);
for (split /\n/, `$build/t/c/person_probe`) {
	my ($entity, $key, $auto, $natural, $column, $type, $length, $required,
		$refers) = split / /;
	push @order, $entity if !$columns{$entity};
	push @{ $columns{$entity} }, { name => $column, type => $type, length => $length,
		required => $required, refers => $refers };
	$key{$entity} = $key;
	$natural{$entity} = $natural;
}
my %personal = (Contact => 1);
for (my $more = 1; $more;) {
	$more = 0;
	for my $e (grep { !$personal{$_} } @order) {
		next if !grep { $personal{ $_->{refers} } } @{ $columns{$e} };
		$more = $personal{$e} = 1;
	}
}
delete $personal{Contact};
cmp_ok(scalar keys %personal, '>=', 12, 'entities refer to contacts: ' . join ' ',
	sort keys %personal);
ok($personal{$_}, "$_ among them") for qw(Address ContactIdentifier ContactInterest ContactLink Case
	Segment AttachedStore PurchaseHeader PurchaseDetail Voucher LoyaltyCard LoyaltyCardAction
	LoyaltyPoint MarketingParticipant);

my $n = 0;
my %row;	# person => entity => key of its row
# A row of an entity for a person; its texts are canaries. only: the one reference to follow, the
# contact's own left empty.
sub plant {
	my ($person, $entity, $canaries, $only) = @_;
	my (@names, @values);
	for my $c (@{ $columns{$entity} }) {
		my $is_person = $c->{refers} eq 'Contact' || $personal{ $c->{refers} };
		my $v;
		if ($c->{name} eq $key{$entity}) {
			next if $c->{type} ne 'code';
			$v = "'" . sprintf('%s%06d', $person, ++$n) . "'";
		} elsif ($is_person) {
			next if defined $only ? $only ne $c->{name} && !$c->{required}
				: $c->{refers} ne 'Contact' && !$c->{required};
			$v = $row{ $c->{name} eq 'ContactDescendantId' ? 'other'
				: $person }{ $c->{refers} };
		} elsif ($c->{refers} ne '-') {
			next if !$c->{required} && $c->{refers} !~ /^(?:Brand|Zone|Store|Source)$/;
			$v = $c->{type} eq 'code' ? "'EUR'" : 1;
		} elsif ($c->{type} =~ /^(?:string|code|text)$/) {
			my $canary = sprintf '%sq%05dz', $person, ++$n;
			$canary .= '@canary.example' if $c->{name} eq 'Email';
			push @$canaries, $canary;
			$v = "'$canary'";
		} else {
			$v = { decimal => '12.5', datetime => "'2026-01-02 03:04:05'", boolean => 1,
				int16 => 7, int32 => 7 }->{ $c->{type} };
			$v = 0 if $c->{name} eq 'DeletionFlag';
		}
		push @names, $c->{name};
		push @values, $v;
	}
	crm("INSERT INTO `$entity` (" . join(', ', @names, 'CreationDate', 'ModificationDate')
		. ') VALUES (' . join(', ', @values, "'2026-01-01', '2026-01-01'") . ')');
	my $last = $natural{$entity} ne '-' || $columns{$entity}[0]{type} ne 'code'
		? value("SELECT MAX($key{$entity}) FROM `$entity`") : undef;
	$row{$person}{$entity} //= $last =~ /^\d+$/ ? $last : "'$last'";
}

my %canaries = (pax => [], quo => []);
for my $person (qw(other pax quo)) {
	plant($person, 'Contact', $canaries{$person} //= []);
	next if $person eq 'other';
	my %left = %personal;
	while (%left) {
		for my $e (grep { $left{$_} } @order) {
			next if grep { $_->{refers} ne $e && $left{ $_->{refers} } } @{
				$columns{$e} };
			plant($person, $e, $canaries{$person});
			# Once more by each other way that leads to the person.
			for my $c (grep { $personal{ $_->{refers} } && !$_->{required} } @{
				$columns{$e} }) {
				plant($person, $e, $canaries{$person}, $c->{name})
					if !grep { $_->{refers} eq 'Contact' && $_->{required} } @{
						$columns{$e} };
			}
			delete $left{$e};
		}
	}
	crm("INSERT INTO DecisionContact (ContactId, PurchaseCount, PurchaseCount12Months, "
		. "PurchaseCount24Months, UnpricedCount, RfmSegment, PointBalance, CreationDate, "
			. "ModificationDate)
		VALUES ($row{$person}{Contact}, 1, 1, 1, 0, 'Seg-$person', 0, '2026-01-01',
			'2026-01-01')");
	crm("INSERT INTO api_idempotency (key_hash, request_hash, status, contact_id, reply, "
		. "created_at) VALUES (x'" . sha256_hex($person) . "', x'" . sha256_hex("r$person")
		. "', 200,
		$row{$person}{Contact}, '{\"FirstName\": \"Idem-$person\"}', '2026-01-01')");
	crm("INSERT INTO api_code_use (code_id, contact_id, n, used_at, reply) VALUES (4711, "
		. "$row{$person}{Contact}, 1, '2026-01-01', 'Reply-$person')");
	push @{ $canaries{$person} }, "Seg-$person", "Idem-$person", "Reply-$person";
}
# What the other may keep although it has to do with the person: a purchase with the person's
# voucher.
crm("INSERT INTO PurchaseHeader (PurchaseIdentifier, SourceId, ContactId, VoucherId, Amount, "
	. "CreationDate, ModificationDate) VALUES ('quoqgift', 1, $row{quo}{Contact}, "
		. "$row{pax}{Voucher}, 3, '2026-01-01', '2026-01-01')");
cmp_ok(scalar @{ $canaries{pax} }, '>=', 110, 'canaries in every text column: '
	. @{ $canaries{pax} });
is(held(dump_all('crm'), @{ $canaries{pax} }), @{ $canaries{pax} }, 'all are in the database');

my ($code, $out) = admin(qw(contact export Demo Main --contact-id), $row{pax}{Contact});
is($code, 0, 'exported');
my $document = eval { $json->decode($out) } // do { fail("the export is JSON: $@"); {} };
my $export = qr/\{"Format": 1, "Customer": "Demo", .*, "Contacts": \[\d+(?:, \d+)*\]\}/;
like($out, qr/\A\{\n\t"Export": $export,\n\t"Entities": \{\n\t\t"\w+": \[\n\t\t\t\{"\w+": /,
	'a row stands on one line');
like($out, qr/\],\n\t"Summary": \{"Held": true, "Rows": \d+, .*\}\n\}\n\z/,
	'and so does the summary');
is_deeply([sort grep { my $e = $_; !held($out, $e) } @{ $canaries{pax} }], [],
	'the export has every canary');
is_deeply([held($out, @{ $canaries{quo} }, 'quoqgift')], [], 'and none of the other person');
is_deeply([map { [sort keys %$_] } grep { $_->{PurchaseIdentifier} } @{
	$document->{Entities}{PurchaseHeaders} // [] }]->[0],
		[sort((map { $_->{name} } @{ $columns{PurchaseHeader} }),
			qw(CreationDate ModificationDate))],
	'a row has all its columns');
is($document->{Entities}{Contacts}[0]{ContactId}, $row{pax}{Contact}, 'numbers are numbers');
is($document->{Entities}{PurchaseHeaders}[0]{Amount}, '12.5000', 'amounts are strings');
is(scalar @{ $document->{Tables}{DecisionContact} }, 1, 'tables beside the model are there');

my $money = 'SELECT BrandId, StoreId, ZoneId, PurchaseDate, CurrencyId, COUNT(*), SUM(Amount), '
	. 'SUM(TaxFreeAmount) FROM PurchaseHeader GROUP BY 1, 2, 3, 4, 5';
my @money = map { join '|', @$_ } crm($money);
my $lines = value('SELECT COUNT(*) FROM PurchaseDetail');
my $others = sub { join "\n", sort grep { /quoq|Seg-quo|Idem-quo|Reply-quo|otherq/i } split /\n/,
	dump_all('crm') };
my $before = $others->();
my $all = dump_all('crm');
my $dry = told('a dry run', qw(contact erase Demo Main --dry-run --contact-id), $row{pax}{Contact});
is(dump_all('crm'), $all, 'changes nothing');
my $done = told('erased', qw(contact erase Demo Main --yes --contact-id), $row{pax}{Contact});
is_deeply([@$done{qw(RowsDeleted RowsKept)}], [@$dry{qw(RowsDeleted RowsKept)}],
	'the dry run had counted right');
is_deeply([held(dump_all(), @{ $canaries{pax} })], [], 'no canary is left');
is($others->(), $before, 'other persons have what they had');
is_deeply([map { join '|', @$_ } crm($money)], \@money,
	'date, amount, store, brand and zone of purchases stay');
is(value('SELECT COUNT(*) FROM PurchaseDetail'), $lines, 'their lines too');
is(value("SELECT COUNT(*) FROM PurchaseHeader WHERE ContactId = $row{pax}{Contact}"), 0,
	'of nobody');
for my $e (sort keys %personal) {
	for my $c (grep { $_->{refers} eq 'Contact' } @{ $columns{$e} }) {
		is(value("SELECT COUNT(*) FROM `$e` WHERE $c->{name} = $row{pax}{Contact}"), 0,
			"$e.$c->{name} knows the contact no more");
	}
}
is((admin(qw(contact erase Demo Main --yes --contact-id), $row{pax}{Contact}))[0], 3,
	'once more: nobody there');

# ------------------------------------------------------------------ real webhooks
my $http = HTTP::Tiny->new(timeout => 30);
my $hook = 0;
sub post {
	my ($kind, $entity, $action, $topic, $body, %more) = @_;
	$body = $json->utf8->encode($body) if ref $body;
	my $source = $more{source} // 1;
	my $email = $more{email} ? "&Email=$more{email}" : '';
	my $res = $http->post($nginx->url . "/ProcessManagement/Connector/Standard/$kind/Demo/Main"
		. "/Shopify/$entity/$action?SourceId=$source$email" . ($more{query} // ''),
		{ content => $body, headers => {
		'Content-Type' => 'application/json', 'X-Shopify-Topic' => $topic,
			'X-Shopify-Webhook-Id' => 'hook-' . ++$hook,
			'X-Shopify-Shop-Domain' => 'demo.myshopify.com',
		'X-Shopify-Triggered-At' => $more{at} // '2026-02-01T10:00:00Z',
		'X-Shopify-Hmac-SHA256' => encode_base64(hmac_sha256($body,
			$more{secret} // $secret), ''), %{ $more{headers} // {} } } });
	return wantarray ? ($res->{status}, eval { decode_json($res->{content})->{Receipt} } // '')
		: eval { decode_json($res->{content})->{Receipt} } // '';
}
my $order = slurp("$ENV{SRCDIR}/t/fixtures/shopify/orders_create.json");

# A person of the shop: bodies as Shopify sends them, canaries in all that tells who it is.
sub person {
	my ($name, $base) = @_;
	my %p = (first => "First$name", last => "Last$name",
		email => lc "$name\@Mail.$name.example", phone => "+33 6 $base",
		street => "Street$name 12", city => "City$name", zip => "Z$base",
		company => "Company$name", id => "1153106$base", order => "8209829$base",
		note => "Note of $name", code => "CODE$name", token => "token$name$base");
	$p{address} = { first_name => $p{first}, last_name => $p{last},
		name => "$p{first} $p{last}", company => $p{company}, address1 => $p{street},
		city => $p{city}, zip => $p{zip}, phone => $p{phone},
		country_code => 'FR', province => "State$name" };
	$p{customer} = { id => $p{id} + 0, email => uc $p{email}, first_name => $p{first},
		last_name => $p{last}, phone => $p{phone}, created_at => '2026-01-10T10:00:00Z',
		updated_at => '2026-01-15T10:00:00Z',
		note => $p{note}, default_address => $p{address},
		email_marketing_consent => { state => 'subscribed',
			consent_updated_at => '2026-01-10T10:00:00Z' } };
	my $o = $json->decode($order);
	%$o = (%$o, id => $p{order} + 0, name => "#$p{order}", email => $p{email},
		contact_email => $p{email}, phone => $p{phone}, note => $p{note},
		customer => $p{customer}, billing_address => $p{address},
		shipping_address => $p{address}, test => JSON::PP::false,
		updated_at => '2026-01-15T10:00:00Z', checkout_token => $p{token},
		discount_codes => [{ code => $p{code}, amount => '5.00', type => 'fixed_amount' }]);
	$p{body} = $o;
	$p{canaries} = [@p{qw(first last email phone street city zip company id order note code
		token)}, "State$name"];
	return \%p;
}

# All that such a person leaves behind.
sub live {
	my ($p) = @_;
	post('QueueProcess', 'Customer', 'Insert', 'customers/create', $p->{customer},
		email => "staff\@demo.example");
	post('QueueProcess', 'Order', 'Insert', 'orders/create', $p->{body},
		headers => { 'X-Shopify-Order-Id' => $p->{order} });
	post('QueueProcess', 'Order', 'Insert', 'orders/create',
		{ %{ $p->{body} }, id => "$p->{order}7" + 0, customer => undef });	# as a guest
	post('QueueProcess', 'Customer', 'Update', 'customers/update',
		{ %{ $p->{customer} }, updated_at => '2026-01-01T00:00:00Z' });	# superseded
	post('QueueProcess', 'Customer', 'Update', 'orders/paid', $p->{body});		# dead
	post('QueueProcess', 'Refund', 'Insert', 'refunds/create',
		{ order_id => $p->{order} + 0, note => $p->{note} });	# unrouted
	post('QueueProcess', 'Order', 'Insert', 'orders/create',
		"not JSON: $p->{email} $p->{first}");	# dead
	post('EmailProcess', 'Order', 'Insert', 'orders/create', $p->{body},
		email => 'boss@demo.example');
	settle() or diag('not settled');
	# What is waiting when the person is erased.
	post('QueueProcess', 'Customer', 'Update', 'customers/update',
		{ %{ $p->{customer} }, note => 'waits ' . $p->{note} },
		query => '&secondsOfInvisibility=86400');
}
# The tool's part of what a person leaves: a mail to the person, logs that quote the person, an
# attempt's reason.
sub leave_traces {
	my ($p) = @_;
	$s->put(tenant => $tenant, kind => 2, email => "staff\@demo.example,$p->{email}",
		body => '{"id": 4711, "hello": "others"}', platform => 'Shopify',
		entity => 'Product', action => 'Insert');
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "result, reason, log_tail, created_at) VALUES ($tenant, 'ImportFtp', '{}', 2, 5, "
			. "'2026-01-01', '{}',
		'line 3: <$p->{email}> $p->{first} is odd', 'line 3: $p->{email}, $p->{last}',
		'2026-01-01')");
	$s->sql("INSERT INTO api_attempt SELECT t.* FROM", $s->attempts, 't LEFT JOIN api_attempt '
		. 'o ON o.message_id = t.message_id WHERE o.message_id IS NULL');
	$s->sql("UPDATE api_message SET leased_by = '' WHERE state > 2");
	$s->sql("UPDATE api_attempt t JOIN api_message m ON m.id = t.message_id SET t.reason = "
		. "'quotes $p->{street} and $p->{phone}' WHERE m.body LIKE '%$p->{street}%'");
}
$s->start;
my ($ann, $bob) = (person('Annabell', '27314723950'), person('Bobberson', '88114723951'));
for my $p ($ann, $bob) {
	live($p);
	leave_traces($p);
}
ok(settle(), 'what is due is done');
$s->stop;
my $what = sub { my ($p) = @_;
	join ' ', map { "@$_" } $s->sql("SELECT state, COUNT(*) FROM api_message WHERE tenant_id "
		. "= $tenant AND CAST(body AS CHAR) LIKE '%$p->{first}%' GROUP BY 1 ORDER BY 1") };
is($what->($ann), '1 1 3 4 4 2 6 1', 'messages in every state');
is($s->value("SELECT COUNT(*) FROM api_mail_recipient WHERE address = '$ann->{email}'"), 1,
	'a mail to the person');
my $found = told('found', qw(contact find Demo Main --email), $ann->{email});
is_deeply([sort map { $_->{Identifier} } @{ $found->{Identifiers} }],
	[sort "email:$ann->{email}", $ann->{id}],
	'with all identifiers, the customer\'s and the guest\'s');

($code, $out) = admin(qw(contact export Demo Main --source-id 1 --identifier), $ann->{id},
	'--output', "$dir/ann.json", '--json');
is($code, 0, 'exported to a file') or diag($out);
is(S_IMODE((stat "$dir/ann.json")[2]), 0600, 'that only its owner may read');
is_deeply([held($out, @{ $ann->{canaries} })], [],
	'what the tool says of it is nothing of the person');
my $text = slurp("$dir/ann.json");
$document = eval { $json->decode($text) } // do { fail("JSON: $@"); {} };
is_deeply([grep { !held($text, $_) } @{ $ann->{canaries} }], [], 'every canary is in it');
is_deeply([held($text, @{ $bob->{canaries} })], [], 'none of another person');
is_deeply([sort keys %$document], [sort qw(Export Entities Tables Messages Mails Runs Summary)],
	'stable names');
cmp_ok(scalar(grep { $_->{Match} eq 'About' } @{ $document->{Messages} }), '>=', 9,
	'messages about the person');
ok((grep { ref $_->{Body} && ($_->{Body}{note} // '') eq $ann->{note} } @{ $document->{Messages} }),
	'with their bodies as JSON');
ok((grep { ($_->{BodyText} // '') =~ /^not JSON/ } @{ $document->{Messages} }), 'or as text');
ok((grep { $_->{Match} eq 'Recipient' && !exists $_->{Body} } @{ $document->{Messages} }),
	'of a mail to the person that it was one, not what it says of others');
ok((grep { @{ $_->{Mails} // [] } && $_->{Mails}[0]{Recipients}[0]{Address} =~ /demo\.example/ } @{
	$document->{Messages} }), 'and who got mail about the person');
is(scalar @{ $document->{Runs} }, 1, 'logs that name the person');
($code, $out) = admin(qw(contact export Demo Main --source-id 1 --identifier), $ann->{id},
	'--output', "$dir/ann.json");
is($code, 1, 'a file that is there is not overwritten');
unlink "$dir/ann.json";

@money = map { join '|', @$_ } crm($money);
# What rows a person has where, and a sum over them; of mails, which are on their way, only how
# many.
sub rows_of {
	my ($p) = @_;
	my %rows;
	for my $line (split /\n(?=INSERT|UNLOCK TABLES|\/\*!)/, dump_all()) {
		push @{ $rows{$1} }, $line if $line =~ /^INSERT INTO `(\w+)`/ && held($line,
			@{ $p->{canaries} });
	}
	return join ' ',
		map { "$_:" . @{ $rows{$_} }
			. ($_ =~ /mail/ ? '' : ':' . substr sha256_hex(encode_utf8(join '',
				sort @{ $rows{$_} })), 0, 8) } sort keys %rows;
}
# Until nothing is due.
sub settle {
	# What waits for its second attempt counts, too; what was put for later does not.
	return $s->until_is(0, 'SELECT COUNT(*) FROM api_message WHERE state = 2 OR (state = 1 '
		. 'AND (attempts > 0 OR visible_at <= UTC_TIMESTAMP(6)))', $_[0] // 60);
}
my $bobs = rows_of($bob);
$dry = told('counted', qw(contact erase Demo Main --dry-run --source-id 1 --identifier),
	$ann->{id});
is(rows_of($bob), $bobs, 'a dry run touches nothing');
$done = told('erased', qw(contact erase Demo Main --yes --source-id 1 --identifier), $ann->{id});
is_deeply([@$done{qw(RowsDeleted RowsKept Messages MessagesCancelled Recipients Runs
	MessagesLeft)}],
	[@$dry{qw(RowsDeleted RowsKept Messages MessagesCancelled Recipients Runs)}, 0],
	'as the dry run said');
is($done->{MessagesCancelled}, 1, 'what waited is cancelled');
is_deeply([held(dump_all(), @{ $ann->{canaries} })], [], 'no canary in any table of any database');
is_deeply([held(logs(), @{ $ann->{canaries} })], [], 'none in any log');
is_deeply([held($said, @{ $ann->{canaries} })], [], 'none in what the tool says');
is(rows_of($bob), $bobs, "another's data is as it was");
is_deeply([map { join '|', @$_ } crm($money)], \@money, 'amounts stay');
is($s->value("SELECT COUNT(*) FROM api_message WHERE tenant_id = $tenant AND receipt IS NOT NULL"),
	2 * 10, 'receipts stay');
is((admin(qw(contact erase Demo Main --yes --source-id 1 --identifier), $ann->{id}))[0], 3,
	'erased twice: nobody');
is((admin(qw(contact export Demo Main --email), $ann->{email}))[0], 3, 'nothing to export');
my $list = told('the record', qw(privacy list Demo Main));
my ($record) = grep { $_->{RequestId} == $done->{RequestId} } @{ $list->{Requests} };
is("$record->{Kind} $record->{State}", 'Erase Done', 'of the erasure');
like($record->{RequestedBy}, qr/^command line \(\S+\)$/, 'who');
like($record->{SubjectHash}, qr/^[0-9a-f]{64}$/, 'a keyed hash of whom');
is($json->decode($record->{Counts})->{RowsKept}, $done->{RowsKept}, 'and how much');

# ------------------------------------------------------------------ what comes late
my $reason = sub { my ($r) = $s->sql("SELECT state, reason_class, OCTET_LENGTH(body), headers "
	. "FROM api_message WHERE receipt = x'$_[0]'"); return join ' ', @$r };
my @late = (scalar post('QueueProcess', 'Order', 'Update', 'orders/updated', $ann->{body}),
	scalar post('QueueProcess', 'Customer', 'Update', 'customers/update', $ann->{customer}),
	scalar post('QueueProcess', 'Order', 'Update', 'orders/updated',
		{ %{ $ann->{body} }, id => 1234567, customer => undef },
		email => 'staff@demo.example'));
$s->once;
is($reason->($_), '6 erased 0 {}', 'a late delivery is refused, and nothing of it kept') for @late;
is_deeply([held(dump_all() . logs(), @{ $ann->{canaries} })], [], 'it brought nobody back');
my $again = '2090-01-01T00:00:00Z';	# cut to the arrival
my $later = { %{ $ann->{customer} }, updated_at => $again };
my @new = (scalar post('QueueProcess', 'Order', 'Update', 'orders/updated',
	{ %{ $ann->{body} }, updated_at => $again, customer => $later }, at => $again));
$s->once;
is($reason->($new[0]), '6 erased 0 {}', 'a purchase that stands without its person is never '
	. 'written again, however new the delivery');
is_deeply([map { join '|', @$_ } crm($money)], \@money, 'so no amount counts twice');
@new = (scalar post('QueueProcess', 'Customer', 'Update', 'customers/update', $later,
	at => $again));
$s->once;
like($reason->($new[0]), qr/^3 /, 'a new consent is a new contact');
$found = told('who is found', qw(contact find Demo Main --email), $ann->{email});
is(scalar @{ $found->{Contacts} }, 1, 'under a number of its own');
good('and can be erased as well', qw(contact erase Demo Main --yes --email), $ann->{email});
is_deeply([held(dump_all() . logs(), @{ $ann->{canaries} })], [], 'again nothing is left');
is(rows_of($bob), $bobs, "another's data is as it was");

# A message about somebody else that only mentions the person is processed first.
my $cyd = person('Cydonian', '55514723955');
post('QueueProcess', 'Customer', 'Insert', 'customers/create', $cyd->{customer});
$s->once;
my $mention = post('QueueProcess', 'Order', 'Insert', 'orders/create',
	{ %{ $bob->{body} }, id => 777888999000, note => "gift for $cyd->{email}" },
	query => '&secondsOfInvisibility=86400');
$done = told('erased but for that', qw(contact erase Demo Main --yes --email), $cyd->{email});
is($done->{MessagesLeft}, 1, 'what waits for another is left, and counted');
$s->sql("UPDATE api_message SET visible_at = UTC_TIMESTAMP(6) WHERE receipt = x'$mention'");
$s->once;
like($reason->($mention), qr/^3 /, "the other's order is processed");
$done = told('erased again', qw(contact erase Demo Main --yes --email), $cyd->{email});
is($done->{MessagesLeft}, 0, 'then its body goes');
is_deeply([held(dump_all(), @{ $cyd->{canaries} })], [], 'nothing is left');
is(value("SELECT COUNT(*) FROM PurchaseHeader h JOIN ContactIdentifier i USING (ContactId) WHERE "
	. "PurchaseIdentifier = '777888999000' AND Identifier = '$bob->{id}'"), 1,
	"the other's order is there");

# Numbers of another Source are another's, even if they are the same.
my ($kim, $lux) = (person('Kimkimkim', '66614723967'), person('Luxluxlux', '66614723968'));
@$kim{qw(id order)} = ('123456789', '987654321');
@{ $kim->{customer} }{qw(id)} = (123456789);
@{ $kim->{body} }{qw(id name)} = (987654321, '#987654321');
$kim->{canaries} =
	[grep { !/^(?:1153106|8209829)/ } @{
		$kim->{canaries} }];	# the numbers are not only Kim's
post('QueueProcess', 'Customer', 'Insert', 'customers/create', $kim->{customer});
post('QueueProcess', 'Order', 'Insert', 'orders/create', $kim->{body});
$s->once;
my $guest = { %{ $lux->{body} }, id => 987654321, name => '#987654321', customer => undef,
	email => 'guest@other.example', contact_email => 'guest@other.example',
	total_price => '77.77' };
my %waits = (order => scalar(post('QueueProcess', 'Order', 'Insert', 'orders/create', $guest,
	source => 2, query => '&secondsOfInvisibility=86400')),
	customer => scalar(post('QueueProcess', 'Customer', 'Insert', 'customers/create',
		{ %{ $lux->{customer} }, id => 123456789, email => 'namesake@other.example' },
		source => 2, query => '&secondsOfInvisibility=86400')),
	refund => scalar(post('QueueProcess', 'Refund', 'Insert', 'refunds/create',
		{ id => 1, order_id => 987654321 }, source => 2)),
	buyer => scalar(post('QueueProcess', 'Order', 'Insert', 'orders/create',
		{ %$guest, id => 123456789, name => '#123456789' },
		query => '&secondsOfInvisibility=86400')));
my $own = post('QueueProcess', 'Order', 'Update', 'orders/updated',
	{ id => 987654321, note => $kim->{note} }, query => '&secondsOfInvisibility=86400');
$s->once;
my $kept = sub { join "\n",
	map { "@$_" } $s->sql("SELECT state, reason, HEX(body), headers, uri FROM api_message "
		. "WHERE receipt IN (" . join(', ', map { "x'$_'" } sort values %waits)
		. ') ORDER BY id') };
my $as_they_were = $kept->();
($code, $out) = admin(qw(contact export Demo Main --source-id 1 --identifier 123456789));
is($code, 0, 'exported');
is_deeply([held($out, 'guest@other.example', 'namesake@other.example', '77.77')], [],
	"and nothing of whom another Source knows by the same number");
$done = told('erased', qw(contact erase Demo Main --yes --source-id 1 --identifier 123456789));
is("@$done{qw(MessagesCancelled MessagesLeft)}", '1 0',
	'what waited of the person is cancelled, and that only');
like($reason->($own), qr/^7 erased 0 /, 'which is an update of the order by its number alone');
is($kept->(), $as_they_were, "messages of other persons are as they were: another Source's of the "
	. "same numbers, a guest's order with the number of the customer");
is_deeply([held(dump_all(), @{ $kim->{canaries} })], [], 'and nothing of the person is left');
$s->sql("UPDATE api_message SET visible_at = UTC_TIMESTAMP(6) WHERE receipt IN (x'$waits{order}', "
	. "x'$waits{customer}', x'$waits{buyer}')");
$s->once;
like($reason->($waits{$_}), qr/^3 /, "the other's $_ is processed") for qw(order customer buyer);
is(value("SELECT CONCAT(OriginalAmount, ' ', i.Identifier) FROM PurchaseHeader h JOIN "
	. "ContactIdentifier i USING (ContactId) WHERE PurchaseIdentifier = '987654321' AND "
		. "h.SourceId = 2"),
	'77.7700 email:guest@other.example', "the guest's order is there, with its guest");
is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = '123456789' AND SourceId = 2"),
	1, 'the namesake, too');

# ------------------------------------------------------------------ killed in the middle
$s->start;
my $dee = person('Deedeedee', '44414723944');
live($dee);
leave_traces($dee);
settle();
$s->stop;
$s->sql("INSERT INTO api_message (receipt, tenant_id, state, kind, visible_at, received_at, "
	. "source_id, platform, entity, action, method, uri, headers, body)
	SELECT UNHEX(MD5(CONCAT('dee', seq))), $tenant, 3, 1, '2026-01-01', '2026-01-01', 1,
	'Shopify', 'Order', 'Update', 'POST', '/', '{}',
	'{\"email\": \"$dee->{email}\", \"note\": \"$dee->{note}\"}' FROM seq_1_to_3000");
my $killed = 0;
for my $round (1 .. 60) {
	my $pid = fork // die $!;
	if (!$pid) {
		@ENV{ keys %env } = values %env;
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$dir/killed";
		open STDERR, '>&', \*STDOUT;
		{ exec "$build/customerapi", qw(contact erase Demo Main --yes --email),
			$dee->{email} };
		POSIX::_exit(127);
	}
	sleep 0.02 * $round;
	last if waitpid($pid, WNOHANG) == $pid;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	$killed++;
}
cmp_ok($killed, '>', 3, "killed $killed times");
my $open = told('what is open', qw(privacy list Demo Main --state Open));
cmp_ok(scalar @{ $open->{Requests} }, '<=', 1, 'an erasure that is repeated is the same one');
($code, $out) = admin(qw(contact erase Demo Main --yes --email), $dee->{email});
ok($code == 0 || $code == 3, 'repeated to the end') or diag($out);
is_deeply([held(dump_all() . logs(), @{ $dee->{canaries} })], [], 'no canary is left');
is($s->value('SELECT COUNT(*) FROM api_privacy WHERE subject_sealed IS NOT NULL'), 0,
	'nor whom it was about');

# ------------------------------------------------------------------ while deliveries come in
my $eve = person('Evergreens', '33314723933');
$s->start;
live($eve);
my $sender = fork // die $!;
if (!$sender) {
	for my $i (1 .. 400) {
		my $body = { %{ $eve->{body} }, id => 999000 + $i };
		post('QueueProcess', 'Order', 'Insert', 'orders/create',
			$i % 3 ? $body : { %$body, customer => undef },
			headers => { 'X-Shopify-Webhook-Id' => "eve-$i" });
		post('QueueProcess', 'Customer', 'Update', 'customers/update', $eve->{customer},
			headers => { 'X-Shopify-Webhook-Id' => "eve-c-$i" }) if $i % 5 == 0;
	}
	POSIX::_exit(0);
}
sleep 0.5;
($code, $out) = admin(qw(contact erase Demo Main --yes --email), $eve->{email});
is($code, 0, 'erased while deliveries come in') or diag($out);
waitpid $sender, 0;
ok(settle(60), 'all are settled');
$s->stop;
is_deeply([held(dump_all() . logs(), @{ $eve->{canaries} })], [], 'none brought the person back');
cmp_ok($s->value("SELECT COUNT(*) FROM api_message WHERE reason_class = 'erased' AND state = 6"),
	'>', 50, 'many were refused');

# ------------------------------------------------------------------ Shopify's compliance topics
sub compliance { my ($action, $topic, $body, %more) = @_;
	return post('QueueProcess', 'Compliance', $action, $topic,
		{ shop_id => 954889, shop_domain => 'demo.myshopify.com', %$body }, %more) }
my $fay = person('Fayfayfay', '22214723922');
$s->start;
live($fay);
leave_traces($fay);
settle();
my $who = { customer => { id => $fay->{id} + 0, email => $fay->{email}, phone => $fay->{phone} } };
is((compliance('Redact', 'customers/redact', { %$who, orders_to_redact => [] },
	secret => 'wrong'))[0], 401, 'a wrong signature is 401');
my $asked = compliance('DataRequest', 'customers/data_request',
	{ %$who, orders_requested => [$fay->{order} + 0], data_request => { id => 9999 } });
ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$asked'"),
	'a data request is done');
my ($mail) =
	$s->sql('SELECT subject, content FROM api_mail WHERE kind = 3 ORDER BY mail_id DESC '
		. 'LIMIT 1');
like("@$mail", qr/9999.*customerapi contact export Demo Main --request \d+/s,
	"the tenant's admin is told by mail what to do");
is_deeply([held("@$mail", @{ $fay->{canaries} })], [], 'and nothing of the person');
is($s->value("SELECT r.address FROM api_mail m JOIN api_mail_recipient r USING (mail_id) WHERE "
	. "m.kind = 3 ORDER BY mail_id DESC LIMIT 1"), 'boss@demo.example',
	"at the tenant's address");
$list = told('it is listed', qw(privacy list Demo Main --state Open));
is(join(' ', map { "$_->{Kind} $_->{Request} $_->{RequestedBy}" } @{ $list->{Requests} }),
	'DataRequest 9999 Shopify customers/data_request', 'as open');
($code, $out) = admin(qw(contact export Demo Main --request), $list->{Requests}[0]{RequestId});
is($code, 0, 'exported by its number') or diag($out);
unlike($out, qr/Nothing is held/, 'which is something');
is_deeply([grep { !held($out, $_) } @{ $fay->{canaries} }], [], 'every canary is in it');
is((admin(qw(contact export Demo Main --request), $list->{Requests}[0]{RequestId}))[0], 3,
	'then it is done');

# Whom nobody knows
$asked = compliance('DataRequest', 'customers/data_request',
	{ customer => { id => 321321321, email => 'nobody@knows.example' }, orders_requested => [],
		data_request => { id => 9998 } });
ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$asked'"),
	'a data request about somebody whom the tenant does not know');
($list) = grep { $_->{Request} eq '9998' } @{ told('is listed, too',
	qw(privacy list Demo Main --state Open))->{Requests} };
my $answer = $json->decode((admin(qw(contact export Demo Main --json --output), "$dir/nothing.json",
	'--request', $list->{RequestId}))[1]);
is_deeply([@$answer{qw(Held Rows Messages Mails Runs)}], [JSON::PP::false, 0, 1, 0, 0],
	'is answered with what there is: the request itself');
like("@{ $answer->{Remarks} }", qr/^Nothing is held of this person/, 'which is said');
$document = $json->decode(slurp("$dir/nothing.json"));
is_deeply($document->{Summary}, { Held => JSON::PP::false, Rows => 0, Messages => 1, Requests => 1,
	Mails => 0, Runs => 0,
	Statement => 'Nothing is held of this person but the request itself.' },
	'in the document, too');
is($s->value("SELECT state FROM api_privacy WHERE privacy_id = $list->{RequestId}"), 2,
	'the request is done');
($code, $out) = admin(qw(contact export Demo Main --email nobody@ever.example));
is($code, 3, 'asked by hand it is an exit code');
like($out, qr/nothing is held of such a person/, 'and a sentence');
post('QueueProcess', 'Refund', 'Insert', 'refunds/create',
	{ note => 'only@mentioned.example was here' });
ok(settle(), 'one of whom there is a message');
($code, $out) = admin(qw(contact export Demo Main --email only@mentioned.example));
is($code, 0, 'but no row');
$document = eval { $json->decode($out) } // {};
is_deeply([@{ $document->{Summary} }{qw(Held Rows Messages)},
	scalar @{ $document->{Messages} // [] }], [JSON::PP::true, 0, 1, 1], 'is exported, too');
good('and erased', qw(contact erase Demo Main --yes --email only@mentioned.example));
is((admin(qw(contact export Demo Main --email only@mentioned.example)))[0], 3,
	'then nothing is held');

my $redact = compliance('Redact', 'customers/redact',
	{ %$who, orders_to_redact => [$fay->{order} + 0] });
ok($s->until_is('Redact Done', "SELECT CONCAT(CASE kind WHEN 2 THEN 'Redact' END, ' ', CASE state "
	. "WHEN 2 THEN 'Done' ELSE 'Open' END) FROM api_privacy WHERE receipt = x'$redact'"),
	'a redaction is done by the daemon');
is($s->value("SELECT COUNT(*) FROM api_privacy WHERE receipt = x'$redact'"), 1, 'once');
is_deeply([held(dump_all() . logs(), @{ $fay->{canaries} })], [],
	'no canary is left, not in the request itself');
like($reason->($redact), qr/^3  0 \{\}$/, 'of which the receipt stays');
my $unknown = compliance('Redact', 'customers/redact',
	{ customer => { id => 123123123123, email => 'never@seen.example' },
		orders_to_redact => [] });
ok($s->until_is(2, "SELECT state FROM api_privacy WHERE receipt = x'$unknown'"),
	'one whom nobody knows: also done');
like($reason->(scalar post('QueueProcess', 'Compliance', 'Redact', 'shop/redact',
	{ shop_id => 1, shop_domain => 'x' })) // '', qr/./, 'a topic at another address ...');
ok(settle(), 'settled');
my %wrong = ('no customer' => ['Redact', {}],
	'nobody' => ['Redact', { customer => { id => undef, email => undef },
		orders_to_redact => [] }],
		'no number' => ['Redact', { customer => { id => 'abc' }, orders_to_redact => [] }],
	'orders' => ['DataRequest', { customer => { id => 5 }, orders_requested => ['x'],
		data_request => { id => 1 } }],
		'a customer' => ['ShopRedact', { customer => { id => 5 } }],
		'a list' => ['Redact', undef]);
my %topic = (Redact => 'customers/redact', DataRequest => 'customers/data_request',
	ShopRedact => 'shop/redact');
my $requests = $s->value('SELECT COUNT(*) FROM api_privacy');
for my $case (sort keys %wrong) {
	my ($action, $body) = @{ $wrong{$case} };
	my $receipt = defined $body ? compliance($action, $topic{$action}, $body)
		: post('QueueProcess', 'Compliance', $action, $topic{$action}, [1]);
	ok($s->until_is(4, "SELECT state FROM api_message WHERE receipt = x'$receipt'"),
		"$case: dead, with the reason");
}
is($s->value('SELECT COUNT(*) FROM api_privacy'), $requests, 'and no request made of it');

# All that a Source brought
my ($gus, $hal) = (person('Gusgusgus', '11114723911'), person('Halhalhal', '66614723966'));
for my $p ($gus, $hal) {
	post('QueueProcess', 'Customer', 'Insert', 'customers/create', $p->{customer}, source => 2);
	post('QueueProcess', 'Order', 'Insert', 'orders/create', $p->{body}, source => 2);
}
post('QueueProcess', 'Order', 'Insert', 'orders/create',
	{ %{ $gus->{body} }, id => 5550001, customer => undef, email => '',
		contact_email => undef }, source => 2);	# of nobody
settle();
my $goods = value('SELECT COUNT(*) FROM PurchaseGood');
@money = map { join '|', @$_ } crm($money);
$bobs = rows_of($bob);
my $shop = compliance('ShopRedact', 'shop/redact', { shop_id => 2 },
	source => 2);	# not the bytes that came as another topic above
ok($s->until_is(2, "SELECT state FROM api_privacy WHERE receipt = x'$shop'"),
	"a shop's redaction is done by the daemon");
post('QueueProcess', 'Order', 'Insert', 'orders/create', { %{ $gus->{body} }, id => 5550002 },
	source => 2);
settle();
$s->stop;
is_deeply([held(dump_all() . logs(), @{ $gus->{canaries} }, @{ $hal->{canaries} })], [],
	'no canary of its customers is left, and a late order brings none back');
is_deeply([map { join '|', @$_ } crm($money)], \@money, 'amounts stay');
is(value('SELECT COUNT(*) FROM PurchaseGood'), $goods, 'goods too');
is(rows_of($bob), $bobs, "customers of other Sources are as they were");

# ------------------------------------------------------------------ a tenant on another server
my $remote = MariaDB->start;
$remote->sql("CREATE DATABASE far; CREATE USER far\@localhost IDENTIFIED BY 'far-secret'; GRANT "
	. "ALL ON far.* TO far\@localhost");
spit("$dir/password", "far-secret\n");
chmod 0600, "$dir/password";
good('a far tenant', qw(alias add Demo Far --database far --socket), $remote->socket, '--user',
	'far', '--password-file', "$dir/password");
my $far = $s->value("SELECT alias_id FROM api_alias WHERE database_name = 'far'");
my $ivy = person('Ivyivyivy', '77714723977');
my @far = map { $s->put(tenant => $far, platform => 'Shopify', %$_) } { entity => 'Customer',
	action => 'Insert', body => $json->utf8->encode($ivy->{customer}) },
	{ entity => 'Order', action => 'Insert', body => $json->utf8->encode($ivy->{body}) };
$s->once;
is($remote->value("SELECT COUNT(*) FROM far.ContactIdentifier WHERE Identifier = '$ivy->{id}'"), 1,
	'the person is there');
$s->put(tenant => $far, auth => 4, platform => 'Shopify', entity => 'Compliance',
	action => 'Redact',
	body => $json->encode({ shop_id => 1, shop_domain => 'x',
		customer => { id => $ivy->{id} + 0, email => $ivy->{email} },
		orders_to_redact => [] }));
$s->once for 1 .. 3;
$s->start;
ok($s->until_is(2, "SELECT MAX(state) FROM api_privacy WHERE tenant_id = $far"),
	'redacted by the daemon');
$s->stop;
my $far_dump = $remote->dump_of('--skip-extended-insert far');
is_deeply([held($far_dump . dump_all() . logs(), @{ $ivy->{canaries} })], [],
	'nothing is left on either server');
is($remote->value('SELECT COUNT(*) FROM far.PurchaseHeader WHERE Amount > 0'), 1, 'but the amount');
$s->put(tenant => $far, platform => 'Shopify', entity => 'Order', action => 'Update',
	body => $json->utf8->encode($ivy->{body}));
$s->once;
$far_dump = $remote->dump_of('--skip-extended-insert far');
is_deeply([held($far_dump . dump_all(), @{ $ivy->{canaries} })], [],
	'a late delivery changes nothing there');

# ------------------------------------------------------------------ the command line
my %bad = ('nobody named' => [[qw(contact find Demo Main)], 2, qr/one of them says who is meant/],
	'two ways' => [[qw(contact find Demo Main --contact-id 1 --email a@b.c)], 2,
		qr/one of them/],
	'an identifier of no Source' => [[qw(contact erase Demo Main --identifier 5)], 2,
		qr/--source-id: goes with --identifier/],
		'no address' => [[qw(contact export Demo Main --email nobody)], 2,
			qr/is no mail address/],
	'no terminal' => [[qw(contact erase Demo Main --email), $bob->{email}], 2,
		qr/--yes: is needed where nobody can be asked/],
		'unknown' => [[qw(contact find Demo Main --contact-id 999999)], 3,
			qr/nobody of that description/],
	'unknown tenant' => [[qw(contact find Demo Mian --contact-id 1)], 3, qr/did you mean Main/],
	'no such request' => [[qw(contact export Demo Main --request 999999)], 3,
		qr/no open data request/],
	'no such erasure' => [[qw(privacy finish Demo Main 999999)], 3, qr/no open erasure/]);
for my $case (sort keys %bad) {
	my ($args, $want, $like) = @{ $bad{$case} };
	($code, $out) = admin(@$args);
	is($code, $want, "$case: exit code");
	like($out, $like, "$case: says why");
}
crm("INSERT INTO Contact (DeletionFlag, CreationDate, ModificationDate) VALUES (0, '2026-01-01', "
	. "'2026-01-01')");
my $twin = value('SELECT MAX(ContactId) FROM Contact');
crm("INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, Email, CreationDate, "
	. "ModificationDate) VALUES ($twin, 1, 1, '$bob->{email}', '2026-01-01', '2026-01-01')");
($code, $out) = admin(qw(contact erase Demo Main --yes --email), $bob->{email});
is($code, 1, 'two contacts of one address may be two persons');
like($out, qr/2 contacts have this address \(ContactId \d+, $twin\)/, 'which ones is said');
good('unless it is said that they are one', qw(contact erase Demo Main --yes --all --email),
	$bob->{email});
is_deeply([held(dump_all() . logs(), @{ $bob->{canaries} })], [], 'then both are erased');
good('nothing is open', qw(privacy finish Demo Main));
is($s->value('SELECT COUNT(*) FROM api_privacy WHERE subject_sealed IS NOT NULL'), 0,
	'no subject is kept');
is(scalar(grep { $_->{event} ne 'database' } grep { ($_->{level} // '') eq 'error' } $s->events), 0,
	'no error in the log');

done_testing();

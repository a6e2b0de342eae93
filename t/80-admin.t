# The command-line tool against a real MariaDB: every command with good and bad input, exit codes,
# JSON, twice, two at once, no secrets.
use strict;
use warnings;
no warnings 'qw';	# comma lists are values here
use Digest::MD5 qw(md5_hex);
use File::Temp qw(tempdir);
use JSON::PP;
use MariaDB;
use POSIX ();
use Test::More;

my $db = MariaDB->start;
my $dir = tempdir('customerapi-admin-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $password = 'pw-' . md5_hex(rand);
$db->sql("CREATE USER customerapi\@localhost IDENTIFIED BY '$password'; GRANT ALL ON "
	. "`customerapi%`.* TO customerapi\@localhost");
delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
put_file('conf',
	"db_socket = '" . $db->socket . "'\ndb_password = '$password'\nkey_file = "
		. "'$dir/key'\nsmtp_from = 'api\@demo.example'\n", 0640);
$ENV{CUSTOMERAPI_CONF} = "$dir/conf";
my $program = "$ENV{BUILDDIR}/customerapi";
my $everything = '';	# all output of all commands, for the search for secrets

sub put_file {
	my ($name, $text, $mode) = @_;
	open my $fh, '>', "$dir/$name" or die $!;
	print $fh $text;
	close $fh;
	chmod $mode // 0600, "$dir/$name";
	return "$dir/$name";
}

sub slurp {
	my ($fh) = @_;
	local $/;
	return <$fh> // '';
}

# Starts a command; standard input is empty, or what the last argument refers to. Returns what
# finish() takes.
sub begin {
	my @args = @_;
	my $input = ref $args[-1] ? ${ pop @args } : '';
	my $out = File::Temp->new(DIR => $dir);
	my $errors = File::Temp->new(DIR => $dir);
	my $in = put_file("in.$$." . rand, $input);
	my $pid = fork // die $!;
	if (!$pid) {
		open STDIN, '<', $in;
		open STDOUT, '>&', $out;
		open STDERR, '>&', $errors;
		{ exec $program, @args };
		POSIX::_exit(127);
	}
	return { pid => $pid, out => $out, err => $errors };
}

# (exit code, standard output, standard error)
sub finish {
	my ($run) = @_;
	waitpid $run->{pid}, 0;
	my $code = $? & 127 ? "signal " . ($? & 127) : $? >> 8;
	seek $run->{$_}, 0, 0 for qw(out err);
	my ($out, $err) = map { slurp($run->{$_}) } qw(out err);
	$everything .= $out . $err;
	return ($code, $out, $err);
}

sub run { return finish(begin(@_)) }

# The decoded document of a command that must succeed.
sub json {
	my @args = @_;
	my $input = ref $args[-1] ? [pop @args] : [];
	my ($code, $out, $err) = run(@args, '--json', @$input);
	is("$code $err", '0 ', "@args --json") or return {};
	return eval { decode_json($out) } // do { fail("JSON of @args: $@"); {} };
}

sub good {
	my ($what, @args) = @_;
	my ($code, $out, $err) = run(@args);
	is("$code $err", '0 ', $what);
	return $out;
}

# A command that must fail with a code and with words on standard error, and must print nothing
# else.
sub bad {
	my ($what, $want, $words, @args) = @_;
	my ($code, $out, $err) = run(@args);
	is($code, $want, "$what: exit code") or diag("$out$err");
	like($err, $words, "$what: the words");
	is($out, '', "$what: no result");
}

# ------------------------------------------------------------------ before there is anything
bad('no registry yet', 1, qr/no registry database customerapi: run customerapi init/, 'customer',
	'list');
my $early = json_failing('check');
is((grep { $_->{Check} eq 'key-file' } @{ $early->{Checks} })[0]{Result}, 'error',
	'check: no key file');
is((grep { $_->{Check} eq 'database' } @{ $early->{Checks} })[0]{Result}, 'error',
	'check: no registry');
like((grep { $_->{Check} eq 'database' } @{ $early->{Checks} })[0]{Fix}, qr/customerapi init/,
	'check: what to do');

sub json_failing {
	my ($code, $out) = run(@_, '--json');
	is($code, 1, "@_: exit code 1");
	return eval { decode_json($out) } // {};
}

good('init', 'init');
is((stat "$dir/key")[2] & 07777, 0600, 'the key file is private');
my $key = do { open my $fh, '<', "$dir/key" or die; my $line = <$fh>; chomp $line; $line };
my $again = good('init again', 'init');
like($again, qr/key file .* is there/, 'init keeps the key');
is(do { open my $fh, '<', "$dir/key" or die; my $line = <$fh>; chomp $line;
	$line }, $key, 'the very same');
is(json('migrate')->{Migrations}, 0, 'migrate has nothing to do');
is(json('migrate', '--dry-run')->{Migrations}, 0, 'nor in a dry run');

# ------------------------------------------------------------------ the command line itself
my ($code, $out, $err) = run('--help');
is("$code $err", '0 ', '--help');
like($out, qr/^  queue list +Lists/m, 'lists the commands');
($code, $out) = run('--version');
like($out, qr/^customerapi \d+\.\d+/, '--version');
is(json('--version')->{Version} =~ /^\d/ ? 1 : 0, 1, 'as JSON');
bad('nothing', 2, qr/command: is missing/);
bad('unknown command', 2, qr/queeu: there is no such command; did you mean queue\?/, 'queeu',
	'list');
bad('unknown command with --help', 2, qr/there is no such command/, 'nonsense', '--help');
bad('half a command', 2, qr/queue: needs one more word/, 'queue');
bad('unknown verb', 2, qr/queue lst: .*did you mean list\?/, 'queue', 'lst');
bad('another word for a verb', 2,
	qr/queue count: there is no such command; there are list, summary, show, retry, purge, refused$/m,
	'queue', 'count');
bad('unknown option', 2, qr/--lable: there is no such option; did you mean --label\?/, 'customer',
	'add', 'X', '--lable', 'y');
bad('missing argument', 2, qr/NAME: is missing/, 'customer', 'add');
bad('missing value', 2, qr/--label: needs a value/, 'customer', 'add', 'X', '--label');
bad('a value for a flag', 2, qr/--if-missing: takes no value/, 'customer', 'add', 'X',
	'--if-missing=1');
bad('twice', 2, qr/--label: is given twice/, 'customer', 'add', 'X', '--label', 'a', '--label',
	'b');
bad('--config twice', 2, qr/--config: is given twice/, 'customer', 'list', '--config', 'a',
	'--config', 'b');
bad('one too many', 2, qr/argument 4: is one too many/, 'customer', 'add', 'X', 'hunter2');
bad('short options', 2, qr/no short options/, 'customer', 'list', '-x');
bad('too long', 2, qr/NAME: must be 1 to 64/, 'customer', 'add', 'x' x 65);
bad('much too long', 2, qr/^.{1,400}$/s, 'customer', 'list', '--' . 'x' x 100_000);
bad('hostile', 2, qr/NAME: must be/, 'customer', 'add', $_) for "a'; DROP TABLE api_customer; --",
	"a\nb", "\e[2J", '../x', "\xff\xfe", '';
bad('all faults at once', 2, qr/--state: must be.*--limit: must be/s, 'queue', 'list', '--state',
	'x', '--limit', 'y');
bad('no settings file', 1, qr{^customerapi: \Q$dir\E/none cannot be read: No such file}, 'customer',
	'list', '--config', "$dir/none");
($code, $out, $err) = run('customer', 'add', '--json');
is($code, 2, 'a wrong command line with --json');
is(decode_json($err)->{Error}{Faults}[0]{Field}, 'NAME', 'the fault as JSON');
{
	local $ENV{CUSTOMERAPI_DB_SOCKET} = "$dir/nowhere";
	bad('no database server', 4, qr/database cannot be reached/, 'customer', 'list');
}

# Every command speaks JSON, also when it fails: one object on standard output, or one on standard
# error.
my ($table) = good('all commands', '--help') =~ /^Commands:\n(.*?)\n\n/ms;
for my $command (map { [split] } $table =~ /^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)  /mg) {
	my $name = "@$command --json";
	my ($status, $said, $faults) = run(@$command, '--json', '--help');
	ok($status == 0 && $faults eq ''
		&& eval { decode_json($said)->{Usage} } =~ /^Usage: customerapi @$command\b/,
		"$name --help");
	($status, $said, $faults) = run(@$command, '--json', '--nothing');
	my $error = eval { decode_json($faults)->{Error} } // {};
	is("$status $said" . ($error->{Code} // '') . ' '
		. (grep { $_->{Field} eq '--nothing' } @{ $error->{Faults} // [] }), '2 usage 1',
		"$name: a wrong line") or diag($faults);
	my ($example) = good("@$command --help", @$command,
		'--help') =~ /^Example:\n  customerapi (.*)$/m;
	my @words = map { s/^['"]|['"]$//gr } $example =~ /("[^"]*"|'[^']*'|\S+)/g;
	next if grep { /^[<>|;]/ } @words;
	($status, $said, $faults) = run(@words, '--json', '--config', "$dir/none");
	my $objects = grep { length && ref eval { decode_json($_) } eq 'HASH' } $said, $faults;
	is($objects . ($status == 0 ? length $faults : $status == 1 && $said =~ /"Checks"/ ? 0
		: length $said), '10', "$name: one object and nothing else")
		or diag("$status\n$said\n$faults");
}
unlike($everything, qr/hunter2/, 'a word in the wrong place is not repeated: it may be a secret');

# ------------------------------------------------------------------ customers, aliases
good('customer add', 'customer', 'add', 'Demo', '--label', 'Zoé & Söhne');
bad('twice', 1, qr/exists already|taken/, 'customer', 'add', 'demo');
good('--if-missing', 'customer', 'add', 'DEMO', '--if-missing');
my @two = map { begin('customer', 'add', 'Race') } 1 .. 6;
my @codes = sort map { (finish($_))[0] } @two;
is("@codes", '0 1 1 1 1 1', 'six add the same customer at once: one does');
is_deeply([map { $_->{Name} } @{ json('customer', 'list')->{Customers} }], ['Demo', 'Race'],
	'customer list');
is(json('customer', 'list')->{Customers}[0]{Label},
	'Zoé & Söhne' =~ s/(.*)/my $t = $1; utf8::decode($t); $t/er, 'UTF-8 survives');

bad('alias of an unknown customer', 3, qr/no customer Nobody; customerapi customer add/, 'alias',
	'add', 'Nobody', 'Main', '--database', 'customerapi_x');
bad('wrong currency', 2, qr/--currency: must be an ISO 4217/,
	qw(alias add Demo Main --database customerapi_demo --currency eur));
bad('wrong zone', 2, qr/--time-zone: must be a zone/,
	qw(alias add Demo Main --database customerapi_demo --time-zone Mars/Olympus));
bad('a database that is missing', 1, qr/no database customerapi_demo; --create-database makes it/,
	qw(alias add Demo Main --database customerapi_demo));
is($db->value('SELECT COUNT(*) FROM customerapi.api_alias'), 0, 'nothing was half done');
bad('one that may not be made', 1, qr/administrator run: CREATE DATABASE/,
	qw(alias add Demo Main --database elsewhere --create-database));
good('alias add', qw(alias add Demo Main --database customerapi_demo --create-database --currency
	EUR --time-zone Europe/Paris));
bad('again', 1, qr/exists already/, qw(alias add Demo Main --database customerapi_demo));
good('again --if-missing', qw(alias add Demo Main --database customerapi_demo --if-missing));
good('a second tenant', qw(alias add Demo Other --database customerapi_other --create-database));
is_deeply([map { "$_->{Customer}/$_->{Alias}" } @{ json('alias', 'list')->{Aliases} }],
	['Demo/Main', 'Demo/Other'], 'alias list');
is(scalar @{ json('alias', 'list', 'Race')->{Aliases} }, 0, 'of one customer');
bad('alias list of none', 3, qr/no customer/, qw(alias list Nobody));
my $shown = json(qw(alias show demo MAIN));
is("$shown->{TimeZone} $shown->{DatabaseState}", 'Europe/Paris answers', 'alias show');
bad('alias show: near', 3, qr/no alias Mian; did you mean Main\?/, qw(alias show Demo Mian));

# ------------------------------------------------------------------ users, tokens
my $user_password = 'long-and-secret-word';
good('user add', qw(user add Demo Main anna --rights process,club --zone 1,2 --password-file -),
	\"$user_password\n");
bad('again', 1, qr/exists already|taken/, qw(user add Demo Main anna --password-file -),
	\"$user_password\n");
bad('short password', 2, qr/at least 8/, qw(user add Demo Main bert --password-file -), \"short\n");
bad('unknown right', 2, qr/--rights: must be a comma list of data/,
	qw(user add Demo Main bert --rights root));
is(json(qw(user list Demo Main))->{Users}[0]{Rights}, 'process,club', 'user list');
good('user set', qw(user set Demo Main anna --rights club --zone 3 --no-brand --allow-ip
	192.0.2.0/24 --allow-ip 2001:db8::1,198.51.100.7));
is(join('|',
	map { $_ // '' } @{ json(qw(user list Demo Main))->{Users}[0] }{qw(Login Rights Zones Brands
		AllowIps)}), 'anna|club|3||192.0.2.0/24,2001:db8::1,198.51.100.7',
		'changes what is given');
good('user set', qw(user set Demo Main ANNA --no-allow-ip --no-zone --no-enabled));
is(join('|',
	map { $_ // '' } @{ json(qw(user list Demo Main))->{Users}[0] }{qw(Login Rights Zones
		AllowIps)}), 'anna|club||', 'and leaves the rest; names without case');
good('user set', qw(user set Demo Main anna --enabled --rights process,club --zone 1,2));
bad('user set of nobody', 3, qr/no user nobody/, qw(user set Demo Main nobody --rights club));
bad('user set both ways', 2, qr/--no-zone: cannot be given with --zone/,
	qw(user set Demo Main anna --zone 1 --no-zone));
bad('user set from nowhere', 2, qr/--allow-ip: must be IP addresses/,
	qw(user set Demo Main anna --allow-ip anywhere));
bad('user add from nowhere', 2, qr/--allow-ip: must be IP addresses/,
	qw(user add Demo Main bert --allow-ip 192.0.2.0/40));
bad('short new password', 2, qr/at least 8/, qw(user set Demo Main anna --password-file -),
	\"short\n");
my $token = json(qw(token create Demo Main --rights webhook --label), 'for a test');
like($token->{Token}, qr/^[A-Za-z0-9_-]{43}$/, 'token create');
is(() = $everything =~ /\Q$token->{Token}\E/g, 1, 'the token is shown');
bad('token without rights', 2, qr/--rights: is missing/, qw(token create Demo Main));
bad('token of an unknown user', 3, qr/no user/,
	qw(token create Demo Main --rights data --user nobody));
is(json(qw(token list Demo Main))->{Tokens}[0]{Label}, 'for a test', 'token list');
good('token revoke', qw(token revoke Demo Main), $token->{TokenId});
good('again', qw(token revoke Demo Main), $token->{TokenId});
bad('of another tenant', 3, qr/token/, qw(token revoke Demo Other), $token->{TokenId});
bad('a token id that is none', 2, qr/TOKENID: must be a whole number/,
	qw(token revoke Demo Main 1e3));
is(() = $everything =~ /\Q$token->{Token}\E/g, 1, 'it was shown once only');

# ------------------------------------------------------------------ Sources, mail
my $secret = 'shop-secret-' . md5_hex(rand);
good('source add', qw(source add Demo Main --source-id 1 --scheme shopify --secret-file),
	put_file('secret', "$secret\n"));
bad('again', 1, qr/already/, qw(source add Demo Main --source-id 1));
bad('no secret', 2, qr/--secret-file: is missing/,
	qw(source add Demo Main --source-id 2 --scheme shopify));
bad('a file that is missing', 1, qr/cannot be read/,
	qw(source add Demo Main --source-id 2 --scheme shopify --secret-file), "$dir/none");
bad('out of range', 2, qr/--source-id: must be a whole number from 1 to 32767/,
	qw(source add Demo Main --source-id 40000));
bad('no address', 2, qr/--open-ip: must be IP/,
	qw(source add Demo Main --source-id 2 --open --open-ip 300.1.1.1));
my $keyed = json(qw(source set Demo Main --source-id 1 --key));
like($keyed->{Key}, qr/^\S{20,}$/, 'source set --key shows a key');
bad('source set of none', 3, qr/no Source 9/, qw(source set Demo Main --source-id 9 --open));
is(json(qw(source list Demo Main))->{Sources}[0]{Secrets}, 1, 'source list');
is(() = $everything =~ /\Q$keyed->{Key}\E/g, 1, 'the key was shown once');
good('mail-allow add', qw(mail-allow add Demo Main @demo.example Anna@Example.org));
good('again', qw(mail-allow add Demo Main @demo.example));
bad('no address', 2, qr/PATTERN: must be an address/, qw(mail-allow add Demo Main demo.example));
is_deeply([sort map { $_->{Pattern} } @{ json(qw(mail-allow list Demo Main))->{MailPatterns} }],
	['@demo.example', 'anna@example.org'], 'mail-allow list');
good('mail-allow add, an internationalised domain', qw(mail-allow add Demo Main @Bücher.example));
bad('beyond ASCII', 2, qr/PATTERN: must be an address/,
	qw(mail-allow add Demo Main ä@demo.example));
good('and away', qw(mail-allow remove Demo Main @xn--bcher-kva.example));
good('mail-allow remove', qw(mail-allow remove Demo Main anna@example.org));
bad('again', 3, qr/\S/, qw(mail-allow remove Demo Main anna@example.org));

# ------------------------------------------------------------------ config
my $conf = json('config', 'show');
my %setting = map { $_->{Setting} => $_ } @{ $conf->{Settings} };
is($conf->{File}, "$dir/conf", 'config show names the file');
is("$setting{db_password}{Value} $setting{db_password}{Origin} $setting{db_password}{Where}",
	"*** file $dir/conf:2", 'secrets are masked, the line is said');
is($setting{smtp_port}{Origin}, 'default', 'defaults are said to be');
{
	local $ENV{CUSTOMERAPI_SMTP_PASSWORD} = 'from-the-environment';
	my ($s) = @{ json(qw(config show smtp_password))->{Settings} };
	is("$s->{Value} $s->{Origin} $s->{Where}", '*** environment CUSTOMERAPI_SMTP_PASSWORD',
		'the environment too');
}
is(scalar @{ json(qw(config show --changed))->{Settings} }, 4, 'config show --changed');
bad('config show of none', 2, qr/there is no setting smtp_prot; did you mean smtp_port\?/,
	qw(config show smtp_prot));
my $sample = good('config sample', 'config', 'sample');
good('the sample is valid', qw(config check --config), put_file('sample.conf', $sample));
$sample =~ s/^#(\w+ = )/$1/mg;
good('and so it is with every setting in force', qw(config check --config),
	put_file('sample.conf', $sample));
($code, $out, $err) = run(qw(config check --config),
	put_file('wrong.conf', "db_prot = 1\nsmtp_port = 70000\nlog_level = 'loud'\n"));
is($code, 1, 'config check: wrong settings');
like($err, qr/db_prot: .*wrong\.conf:1: .*did you mean db_port\?/, 'an unknown name');
like($err, qr/smtp_port: .*wrong\.conf:2: 70000 is not between/, 'a value out of range');
like($err, qr/log_level: .*wrong\.conf:3: .*none of error/, 'a wrong word');
is(() = $err =~ /db_prot:/g, 1, 'each fault once');

# ------------------------------------------------------------------ queue
my $n = 0;
# One message, by its receipt. state, tenant, platform, days (settled so long ago), body, mail
# (state of its mail).
sub message {
	my (%m) = (state => 3, tenant => 1, source => 1, platform => 'Shopify', days => 0,
		body => '{}', attempts => 1, class => '', @_);
	my $receipt = md5_hex('message ' . $n++);
	my $time = "UTC_TIMESTAMP(6) - INTERVAL $m{days} DAY";
	my $settled = $m{state} > 2 ? $time : 'NULL';
	$db->sql("INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, "
		. "settled_at, source_id, platform, entity, action, email, method, uri, headers,
		body, state, attempts, reason_class, reason)
		VALUES (x'$receipt', $m{tenant}, 1, $time, $time, $settled, $m{source}, "
			. "'$m{platform}', 'Order', 'Insert', '', 'POST', '/x?key=***',
		'{\"content-type\":\"application/json\",\"x-a-token\":\"canary-token\"}', x'"
		. unpack('H*', $m{body}) . "', $m{state}, $m{attempts}, '$m{class}', 'why');
		INSERT INTO api_attempt SELECT id, 1, 'w', '2026-01-01', '2026-01-01', 'retry',
			'transient', 'busy', '' FROM api_message
			WHERE receipt = x'$receipt';
		INSERT INTO api_lease SELECT receipt, lease, tenant_id, 'w', visible_at,
			CONCAT('[', id, ']') FROM api_message
			WHERE receipt = x'$receipt' AND state = 2;", 'customerapi');
	$db->sql("INSERT INTO api_mail (tenant_id, kind, message_id, header_id, content, state, "
		. "visible_at, created_at, give_up_at)
		SELECT 1, 1, id, '$receipt', '', $m{mail}, $time, $time, $time FROM api_message "
			. "WHERE receipt = x'$receipt';
		INSERT INTO api_mail_recipient (mail_id, address, changed_at)
			SELECT mail_id, 'a\@demo.example', $time FROM api_mail
			WHERE header_id = '$receipt';", 'customerapi')
		if $m{mail};
	return $receipt;
}
sub state_of { return $db->value("SELECT state FROM api_message WHERE receipt = x'$_[0]'",
	'customerapi') // 'gone' }
sub receipts { return [map { $_->{Receipt} } @{ json('queue', 'list', @_)->{Messages} }] }

is_deeply(receipts(), [], 'queue list of nothing');
like(good('in words', 'queue', 'list'), qr/none/, 'says so');
my $done = message();
my $dead = message(state => 4, class => 'permanent', body => "{\"a\":\"Zo\xc3\xa9\e[2J\"}");
my $unrouted = message(state => 5, platform => 'Foo', source => 2, days => 3);
my $ready = message(state => 1);
my $leased = message(state => 2);
my $other = message(state => 4, tenant => 2);
my $ignored = message(state => 8, body => '');
is_deeply(receipts(), [$ignored, $other, $leased, $ready, $unrouted, $dead, $done],
	'queue list: newest first');
is_deeply(receipts('--state', 'dead'), [$other, $dead], 'by state');
is_deeply(receipts('--state', 'dead,unrouted', '--tenant', 'Demo/Main'), [$unrouted, $dead],
	'by states and tenant');
is_deeply(receipts('--tenant', 'demo/other'), [$other], 'by tenant');
is_deeply(receipts('--source', 2), [$unrouted], 'by Source');
is_deeply(receipts('--platform', 'foo', '--entity', 'order', '--action', 'insert'), [$unrouted],
	'by platform, entity and action');
is_deeply(receipts('--reason', 'permanent'), [$dead], 'by reason');
is_deeply(receipts('--before', '1d'), [$unrouted], 'by age');
is_deeply(receipts('--after', '1d', '--state', 'done'), [$done], 'by age the other way');
is_deeply(receipts('--after', '2099-01-01T00:00Z'), [], 'by date');
is_deeply(receipts('--limit', 2), [$ignored, $other], 'no more than asked for');
is(json(qw(queue list --limit 2))->{More} ? 1 : 0, 1, 'and says that there are more');
is(json(qw(queue list --limit 7))->{More} ? 1 : 0, 0, 'or not');
bad('wrong age', 2, qr/--after: must be an age like 30m/, qw(queue list --after yesterday));
bad('huge age', 2, qr/--after: must be an age/, qw(queue list --after 99999999999d));
bad('backwards', 2, qr/--before: must be later than --after/,
	qw(queue list --after 1d --before 2d));
bad('unknown tenant', 3, qr/no alias Mian; did you mean Main/, qw(queue list --tenant Demo/Mian));
bad('no tenant', 2, qr/--tenant: must be a customer and an alias/, qw(queue list --tenant Demo));
is_deeply([map { "$_->{Alias} $_->{State} $_->{Messages}" } @{ json(qw(queue summary))->{Queue} }],
	['Main Ready 1', 'Main Leased 1', 'Main Done 1', 'Main Dead 1', 'Main Unrouted 1',
		'Main Ignored 1', 'Other Dead 1'], 'queue summary');

my $show = json('queue', 'show', $dead);
is("$show->{State} $show->{ReasonClass} $show->{History}[0]{Outcome}", 'Dead permanent retry',
	'queue show');
ok(!exists $show->{Body}, 'without the body');
is_deeply($show->{Headers}, [{ Header => 'content-type', Value => 'application/json' },
	{ Header => 'x-a-token', Value => '***' }], 'headers, secrets masked');
is(json('queue', 'show', uc $dead, '--body')->{Body}, "{\"a\":\"Zo\x{e9}\e[2J\"}", '--body');
unlike(good('in text', 'queue', 'show', $dead, '--body'), qr/\e/, 'without control characters');
bad('no receipt', 2, qr/RECEIPT: must be the 32 hexadecimal/, 'queue', 'show', 'abc');
bad('unknown receipt', 3, qr/no message/, 'queue', 'show', '0' x 32);

bad('retry of nothing', 2, qr/RECEIPT: is missing; .*--state dead/, 'queue', 'retry');
bad('retry of both', 2, qr/--state: cannot be given together/, 'queue', 'retry', $dead, '--state',
	'dead');
bad('retry of what is done', 1, qr/message is Done; only/, 'queue', 'retry', $done);
bad('retry of what waits', 1, qr/message is Ready/, 'queue', 'retry', $ready);
bad('retry of what is being done', 1, qr/message is Leased/, 'queue', 'retry', $leased);
bad('retry without a body', 1, qr/emptied by retention/, 'queue', 'retry', $ignored);
bad('retry of none', 3, qr/no message/, 'queue', 'retry', '0' x 32);
bad('retry of a wrong state', 2, qr/--state: must be/, qw(queue retry --state done));
is(json(qw(queue retry --state dead --dry-run))->{WouldBeRetried}, 2, 'retry --dry-run');
is(state_of($dead), 4, 'changes nothing');
my @retries = map { begin('queue', 'retry', $dead) } 1 .. 4;
@codes = sort map { (finish($_))[0] } @retries;
is("@codes", '0 1 1 1', 'four retry one message at once: one does');
is(state_of($dead), 1, 'it is ready');
is($db->value("SELECT attempt FROM api_attempt t JOIN api_message m ON m.id = t.message_id WHERE "
	. "receipt = x'$dead'", 'customerapi'), 1_000_001, 'its history stays, once');
is(json('queue', 'show', $dead)->{History}[0]{Attempt}, 1, 'and reads as before');
is(json(qw(queue retry --state dead,unrouted --tenant Demo/Main --platform Foo))->{Retried}, 1,
	'retry of a filter');
is(state_of($unrouted) . state_of($other), '14', 'and nothing else');
is(json(qw(queue retry --state dead,unrouted --tenant Demo/Main))->{Retried}, 0, 'nothing is left');
is(state_of($done) . state_of($leased) . state_of($ignored), '328', 'the others are as they were');

# One that is leased, and no lease holds it.
my $unheld = message(state => 2);
$db->sql("UPDATE api_message SET lease = receipt WHERE receipt = x'$unheld'; DELETE FROM "
	. "api_lease WHERE slot = x'$unheld'; "
	. 'DELETE FROM api_attempt WHERE message_id = (SELECT id FROM api_message '
	. "WHERE receipt = x'$unheld')", 'customerapi');
is(json('queue', 'retry', $unheld)->{Retried}, 1, 'retry of what is leased without a lease');
is(state_of($unheld), 1, 'it is ready');
is(join('|', @{ json('queue', 'show', $unheld)->{History}[0] }{qw(Attempt Outcome Reason)}),
	'1|lapsed|Its lease was gone.', 'its history tells it');
bad('and again', 1, qr/message is Ready/, 'queue', 'retry', $unheld);

# Many: chunks, and two at once share the work.
$db->sql("INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, settled_at, "
	. "source_id, platform, entity, action, method, uri, headers, body, state)
	SELECT UNHEX(MD5(seq)), 1 + seq % 2, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6),
	UTC_TIMESTAMP(6), 1, 'Many', 'Order', 'Insert', 'POST', '/', '{}', '{}', 4
	FROM seq_1_to_950", 'customerapi');
@two = map { begin(qw(queue retry --state dead --platform Many --json)) } 1 .. 2;
my $sum = 0;
for (@two) {
	my ($c, $o) = finish($_);
	is($c, 0, 'one of two retries at once');
	$sum += decode_json($o)->{Retried};
}
is($sum, 950, 'each message was retried once');
is($db->value("SELECT COUNT(*) FROM api_message WHERE platform = 'Many' AND state = 1",
	'customerapi'), 950, 'all are ready');

# Purge.
$db->sql("UPDATE api_message SET state = 3, visible_at = UTC_TIMESTAMP(6) - INTERVAL 100 DAY, "
	. "settled_at = visible_at WHERE platform = 'Many'", 'customerapi');
my %old = map { $_ => message(state => 3, days => 100, mail => $_) } 1 .. 4;
my $old_dead = message(state => 4, days => 100);
my $young = message(state => 3, days => 80);
bad('purge without days', 2, qr/--days: is missing/, qw(queue purge));
bad('purge of what is needed', 2, qr/--days: must be at least 90 .*queue_keep_days.*--force/,
	qw(queue purge --days 30));
bad('purge of what waits', 2, qr/--state: must be/, qw(queue purge --days 90 --state ready));
is(json(qw(queue purge --days 90 --dry-run))->{WouldBePurged}, 952, 'purge --dry-run');
is(json(qw(queue purge --days 90 --tenant Demo/Other))->{Purged}, 475, 'purge of one tenant');
is(json(qw(queue purge --days 90))->{Purged}, 477, 'purge');
is(join(' ', map { state_of($old{$_}) } 1 .. 4), '3 3 gone gone',
	'what still has a mail to send stays');
is(state_of($old_dead) . state_of($young), '43', 'dead ones and young ones stay');
is($db->value('SELECT COUNT(*) FROM api_mail', 'customerapi')
	. $db->value('SELECT COUNT(*) FROM api_mail_recipient', 'customerapi'), '22',
	'mails went with their messages');
is($db->value('SELECT COUNT(*) FROM api_attempt t LEFT JOIN api_message m ON m.id = t.message_id '
	. 'WHERE m.id IS NULL', 'customerapi'), 0, 'and attempts');
is(json(qw(queue purge --days 90 --state done,dead))->{Purged}, 1, 'dead ones when asked for');
is(json(qw(queue purge --days 80 --force))->{Purged}, 1, '--force goes below queue_keep_days');
is(json(qw(queue purge --days 90 --state done,dead))->{Purged}, 0, 'again: nothing is left');

# On a terminal long work shows how far it is; a lock on what only the work itself needs makes it
# long. Elsewhere there is nothing of it.
sub held_up {
	my (@args) = @_;
	message(state => 3, days => 100) for 1 .. 3;
	my $lock = fork // die $!;
	if (!$lock) {
		exec 'mariadb', '--no-defaults', '--socket=' . $db->socket, '-u', 'root',
			'customerapi', '-e', 'LOCK TABLES api_attempt WRITE; DO SLEEP(1.5)';
	}
	select undef, undef, undef,
		0.05 while !$db->value("SELECT COUNT(*) FROM information_schema.processlist WHERE "
			. "info LIKE 'DO SLEEP%'");
	my $words = join ' ', $program, qw(queue purge --days 90), @args;
	my $out = `script -qec '$words' /dev/null </dev/null`;
	waitpid $lock, 0;
	return $out;
}
like(held_up(), qr/\rPurged \[#+\] 100 %  3 of 3  [0-9.]+\/s *\r\n.*Purged: +3/s,
	'progress on a terminal, then the result');
is(held_up('--quiet') =~ s/\r//gr, "Purged:              3\n", 'none with --quiet');

# What is retried is worked on: the daemon takes it.
$db->sql('DELETE FROM api_message', 'customerapi');
$db->sql('DELETE FROM api_attempt', 'customerapi');
$db->sql('DELETE FROM api_mail', 'customerapi');
my $again_dead = message(state => 4, platform => 'Test', class => 'permanent');
good('retry', 'queue', 'retry', $again_dead);
{
	local $ENV{CUSTOMERAPI_SMTP_PORT} = 9;
	system("$ENV{BUILDDIR}/customerapi-scheduler --once >$dir/log 2>&1");
}
$show = json('queue', 'show', $again_dead);
is_deeply([map { "$_->{Round} $_->{Attempt}" } @{ $show->{History} }], ['1 1', '2 1'],
	'a second round of attempts');
isnt($show->{State}, 'Ready', 'it was processed');

# ------------------------------------------------------------------ schedules and runs
my $made = json(qw(schedule add Demo Main Test Daily --set Time=02:30 --set EveryDays=2 --set
	timezone=Europe/Paris --set StartDate=2030-03-30 --parameter Steps=3));
like($made->{Words}, qr/^Every 2 days at 02:30 \(Europe\/Paris\), from 2030-03-30 00:00$/,
	'schedule add');
is_deeply([map { $_->{Local} } @{ $made->{NextRuns} }[0, 1]],
	['2030-03-30T02:30:00+01:00', '2030-04-01T02:30:00+02:00'], 'its next runs');
is_deeply(decode_json($made->{Parameters}), { Steps => 3 }, 'its parameters');
is(json(qw(schedule add Demo Main Test MonthlyDayInMonth --set Time=02:30 --set Days=1,Last --set
	Months=1,7))->{Words} =~ /^On day 1 and on the last day of January and July at/, 1,
	'lists');
bad('a wrong field', 2, qr/Tme: .*did you mean Time/,
	qw(schedule add Demo Main Test Daily --set Tme=02:30 --set Time=02:30));
bad('a wrong value', 2, qr/Time: is not a time of the day/,
	qw(schedule add Demo Main Test Daily --set Time=25:00));
bad('a wrong parameter', 2, qr/Parameters\.Stepz/,
	qw(schedule add Demo Main Test Daily --set Time=02:30 --parameter Stepz=3));
bad('no value', 2, qr/set: "Time" is not NAME=VALUE/,
	qw(schedule add Demo Main Test Daily --set Time));
bad('no process', 2, qr/PROCESS: is no process; did you mean ComputeRefAmounts\?/,
	qw(schedule add Demo Main ComputeRefAmount Daily --set Time=02:30));
bad("$_->[0] of no process", 2,
	qr/process: is no process; there are RefreshDecisionalData, .*\bDuplication$/m, @$_,
	qw(Demo Main --process Xyz)) for ['schedule', 'list'], ['run', 'list'];
bad('runs of no schedule', 3, qr/no schedule 999/, qw(run list Demo Main --schedule 999));
{
	my $help = good('schedule add --help', qw(schedule add --help));
	my $rows = `cat $ENV{SRCDIR}/process/*.c $ENV{SRCDIR}/process/*/*.c`;
	my @kinds = grep { $_ ne 'Test' } $rows =~
		/^\tPROCESS(?:_PLANNED\(|\(\w+, )"([A-Za-z\/]+)",/mg;
	cmp_ok(scalar @kinds, '>=', 11, 'kinds of processes');
	like($help, qr/\b\Q$_\E\b/, "its help names $_") for @kinds;
}
bad('a process that is not built', 1, qr/Cleansing cannot be scheduled yet/,
	qw(schedule add Demo Main Cleansing Daily --set Time=02:30));
my $schedule = $made->{ScheduleId};
is(scalar @{ json(qw(schedule list Demo Main --process test))->{Schedules} }, 2, 'schedule list');
good('schedule pause', qw(schedule pause Demo Main), $schedule);
is(json(qw(schedule list Demo Main --state Paused))->{Schedules}[0]{ScheduleId}, $schedule,
	'by state');
like(good('schedule pause, again', qw(schedule pause Demo Main), $schedule),
	qr/^Schedule $schedule is Paused\.$/m, 'it says so');
like(good('schedule resume', qw(schedule resume Demo Main), $schedule),
	qr/^Schedule $schedule is Active\.$/m, 'resume says so');
my $terms = json(qw(schedule show Demo Main), $schedule, qw(--count 12));
is(scalar @{ $terms->{NextRuns} }, 12, 'schedule show');
is_deeply([@$terms{qw(Misfire GraceMinutes Overlap SilenceHours)}], ['Once', 60, 'Skip', undef],
	'what nobody said is shown, too');
is($terms->{NextDueAt} =~ s/\.000000Z$/Z/r, $terms->{NextRuns}[0]{Utc} =~ s/\.000000Z$/Z/r,
	'and when it is due');
my $run_id = json(qw(schedule run Demo Main), $schedule, qw(--parameter Steps=1))->{RunId};
is(json(qw(run show Demo Main), $run_id)->{State}, 'Waiting', 'schedule run, run show');
is(json(qw(run list Demo Main --schedule), $schedule)->{Runs}[0]{Origin}, 'Manual', 'run list');
good('run cancel', qw(run cancel Demo Main), $run_id);
is(json(qw(run show Demo Main), $run_id)->{State}, 'Cancelled', 'and it is');
bad('no such run', 3, qr/no run 999/, qw(run show Demo Main 999));
good('schedule delete', qw(schedule delete Demo Main), $schedule);
bad('again', 3, qr/no schedule/, qw(schedule delete Demo Main), $schedule);
good('rate set', qw(rate set Demo Main USD 0.9134 --from 2026-01-01T00:00Z));
good('rate set, again', qw(rate set Demo Main USD 0.9135 --from 2026-01-01T00:00Z));
is(json(qw(rate list Demo Main --currency USD))->{CurrencyRates}[0]{Rate}, '0.913500000000',
	'rate list');
bad("rate $_", 2, qr/Rate: must be a decimal number above 0/, qw(rate set Demo Main USD), $_)
	for qw(0 0.000 1e3 1,5 1234567890123 0.1234567890123);
bad('no currency', 2, qr/CurrencyId: "XQZ" is no currency/, qw(rate set Demo Main XQZ 1));
# rates by file: all or none, each faulty line named
{
	my $file = "$dir/rates.csv";
	my $write = sub { open my $fh, '>', $file or die $!; print $fh @_; close $fh };
	my $rates = sub {
		[map { "$_->{CurrencyId} $_->{ValidFrom} $_->{Rate}" } @{
			json(qw(rate list Demo Main))->{CurrencyRates} }] };
	my $before = $rates->();
	$write->("\xef\xbb\xbf" . "Rate;CurrencyId;ValidFrom\r\n0.9134;USD;2026-02-01\r\n\r\n "
		. "\"1.17\" ; GBP ;2026-02-01T12:00+01:00\r\n0.9135;USD;2026-01-01T00:00Z");
	is_deeply({ %{ json(qw(rate import Demo Main), $file, '--dry-run') }{qw(Rates Added
		Changed)} }, { Rates => 3, Added => 2, Changed => 0 },
		'rate import: a dry run counts');
	is_deeply($rates->(), $before, 'and writes nothing');
	is_deeply({ %{ json(qw(rate import Demo Main), $file) }{qw(Rates Added Changed)} },
		{ Rates => 3, Added => 2, Changed => 0 }, 'rate import');
	is_deeply($rates->(), ['GBP 2026-02-01T11:00:00Z 1.170000000000',
		'USD 2026-01-31T23:00:00Z 0.913400000000',
		'USD 2026-01-01T00:00:00Z 0.913500000000'],
		'names of columns in any order, semicolons, quotes, the zone of the tenant or an '
			. 'offset');
	$write->("USD,2026-02-01,0.92\nGBP,2026-02-01T11:00Z,1.17\n");
	is_deeply({ %{ json(qw(rate import Demo Main), $file) }{qw(Rates Added Changed)} },
		{ Rates => 2, Added => 0, Changed => 1 }, 'again, one is another');
	$before = $rates->();
	$write->("USD,2026-03-01,0.92\nXQZ,2026-03-01,1\nUSD,2026-02-30,1\n\nUSD,2026-04-01,\"0"
		. ",92\"\nUSD,2026-05-01\nUSD,2026-03-01T00:00+01:00,0.93\nUSD,2026-06-01,\xff\n");
	my @faults = (qr/line 2: CurrencyId "XQZ" is no currency/,
		qr/line 3: ValidFrom is not a date/,
		qr/line 5: Rate must be a decimal number above 0 with a point/,
		qr/line 6: has 2 fields/,
		qr/line 7: gives the rate of USD from the same moment as line 1/,
		qr/line 8: Rate must be/);
	bad('faulty lines', 2, $_, qw(rate import Demo Main), $file) for @faults;
	is_deeply($rates->(), $before, 'none of them is written');
	$write->("CurrencyId,Rate\nUSD,1\n");
	bad('a column is missing', 2,
		qr/line 1: must name the columns CurrencyId, ValidFrom and Rate/,
		qw(rate import Demo Main), $file);
	$write->("\n\n");
	bad('nothing in it', 2, qr/has no rates/, qw(rate import Demo Main), $file);
	$write->(map { "XXZ,2026-01-01,1\n" } 1 .. 250);
	bad('many faults', 2, qr/line 50: .*\n.*: and 200 more\n/, qw(rate import Demo Main),
		$file);
	$write->('x' x ((1 << 20) + 1));
	bad('too large', 1, qr/1048576 bytes at a time/, qw(rate import Demo Main), $file);
	bad('no such file', 1, qr/cannot be read/, qw(rate import Demo Main), "$file.not");
	good('rate remove', qw(rate remove Demo Main GBP 2026-02-01T11:00Z));
	good('rate remove', qw(rate remove Demo Main USD 2026-01-31T23:00Z));
}
good('rate remove', qw(rate remove Demo Main USD 2026-01-01T00:00Z));
bad('again', 3, qr/no rate of USD/, qw(rate remove Demo Main USD 2026-01-01T00:00Z));

# ------------------------------------------------------------------ check
$db->sql("DELETE FROM api_message", 'customerapi');
my $check = json('check');
is("$check->{Errors} $check->{Warnings}", '0 0', 'check: all is well') or diag(explain($check));
is_deeply([grep { $_->{Result} ne 'ok' } @{ $check->{Checks} }], [], 'every line is ok');
is(good('check --quiet', 'check', '--quiet'), '', 'quiet when all is well');
is(scalar @{ json('check', '--list')->{Checks} }, 15, 'check --list');

# A state of the world, the check that must notice, how grave it is.
sub finds {
	my ($what, $name, $result, $words) = @_;
	my ($c, $o) = run('check', '--json');
	my $all = eval { decode_json($o) } // { Checks => [] };
	my @lines = grep { $_->{Check} eq $name && $_->{Result} eq $result } @{ $all->{Checks} };
	like(join("\n", map { "$_->{Message} $_->{Fix}" } @lines), $words, "check: $what")
		or diag($o);
	is($c, $result eq 'error' ? 1 : 0, "check: $what: exit code");
}
chmod 0644, "$dir/conf";
finds('a settings file for everybody', 'settings-file', 'error', qr/Everybody may read.*chmod o-r/);
chmod 0660, "$dir/conf";
finds('a settings file that others may change', 'settings-file', 'error', qr/chmod go-w/);
chmod 0640, "$dir/conf";
chmod 0640, "$dir/key";
finds('an open key file', 'key-file', 'error', qr/chmod 0600/);
chmod 0600, "$dir/key";
rename "$dir/key", "$dir/key.kept";
finds('no key file', 'key-file', 'error', qr/init makes it/);
put_file('key', 'a' x 64 . "\n");
finds('another key', 'sealed-secrets', 'error', qr/does not open with this key/);
put_file('key', "short\n");
finds('a broken key', 'key-file', 'error', qr/\S/);
rename "$dir/key.kept", "$dir/key";
message(state => 4);
message(state => 5);
finds('dead letters', 'queue', 'warning', qr/1 message is dead.*1 message is unrouted/s);
message(state => 1, days => 1);
finds('a backlog', 'queue', 'warning', qr/oldest for 1440 minutes.*scheduler/);
message(state => 3, days => 1, mail => 1);
message(state => 3, days => 1, mail => 4);
finds('mails that wait', 'mail', 'warning', qr/1 mail is due.*could not be delivered/s);
$db->sql('DELETE FROM api_schema WHERE scope = "tenant"', 'customerapi_other');
finds('a tenant behind', 'tenants', 'error',
	qr{Demo/Other is at schema version 0.*customerapi migrate}s);
good('migrate', 'migrate');
$db->sql('RENAME TABLE customerapi_other.api_schema TO customerapi_other.kept');
$db->sql('DROP DATABASE customerapi_other');
finds('a tenant that is gone', 'tenants', 'error', qr{Demo/Other: .*}s);
$db->sql("CREATE DATABASE customerapi_other; REVOKE ALL ON `customerapi%`.* FROM "
	. "customerapi\@localhost;
	GRANT SELECT, INSERT, UPDATE ON `customerapi%`.* TO customerapi\@localhost");
finds('missing rights', 'grants', 'error', qr/lacks DELETE.*GRANT DELETE/);
$db->sql("GRANT DELETE ON `customerapi%`.* TO customerapi\@localhost");
{
	my ($c, $o) = run('check', '--json');
	my ($g) = grep { $_->{Check} eq 'grants' } @{ decode_json($o)->{Checks} };
	is($g->{Result}, 'warning', 'check: rights that only migrate needs');
}
$db->sql("GRANT ALL ON `customerapi%`.* TO customerapi\@localhost");
{
	local $ENV{CUSTOMERAPI_SMTP_FROM} = 'nobody';
	finds('no sender', 'smtp', 'error', qr/Set smtp_from/);
}
{
	local $ENV{CUSTOMERAPI_SMTP_PORT} = 'x';
	finds('a wrong setting', 'settings', 'error', qr/smtp_port: /);
}
$db->sql("INSERT INTO customerapi.api_schema VALUES ('registry', 9999, 'from the future', "
	. "'2030-01-01')");
finds('a newer registry', 'schema', 'error', qr/newer/);
bad('others refuse it', 1, qr/newer/, 'customer', 'list');
$db->sql('DELETE FROM customerapi.api_schema WHERE version = 9999');
$db->kill9;
finds('no server', 'database', 'error', qr/cannot be reached.*db_socket/s);

# ------------------------------------------------------------------ secrets
unlike($everything, qr/\Q$_\E/, 'no secret was printed') for $password, $secret, $user_password,
	$key, 'canary-token', 'from-the-environment';
unlike($everything, qr/Sanitizer|runtime error/, 'no complaint of a sanitizer');

done_testing();

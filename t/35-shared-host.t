# A shared host end to end: one database for registry and tenant, the program as plain CGI by
# .htaccess, the daemon from cron.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use Apache;
use MariaDB;

my $db = MariaDB->start;
my $home = tempdir('customerapi-home-XXXXXX', TMPDIR => 1, CLEANUP => 1);
delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
# What such a host gives: a database, and a user who may do all in it and nothing elsewhere.
$db->sql("CREATE DATABASE u123_main; CREATE USER u123\@localhost IDENTIFIED BY 'database-canary'; "
	. "GRANT ALL ON u123_main.* TO u123\@localhost");
chmod 0755, $home, $db->dir;
mkdir "$home/$_" for qw(customerapi customerapi/etc customerapi/etc/customerapi customerapi/bin
	customerapi/sbin customerapi/libexec web);
sub put {
	my ($name, $text, $mode) = @_;
	open my $fh, '>', "$home/$name" or die $!;
	print $fh $text;
	close $fh;
	chmod $mode // 0644, "$home/$name";
}
sub slurp { my ($path) = @_; open my $fh, '<', $path or die "$path: $!"; local $/; return <$fh> }
# Where make install puts them.
my %folder = (customerapi => 'bin', 'customerapi.fcgi' => 'libexec',
	'customerapi-scheduler' => 'sbin');
for my $name (keys %folder) {
	copy("$ENV{BUILDDIR}/$name", "$home/customerapi/$folder{$name}/$name") or die $!;
	chmod 0755, "$home/customerapi/$folder{$name}/$name";
}
# In one database, by the settings that the documentation tells.
my $doc = slurp("$ENV{SRCDIR}/doc/shared-hosting.md");
my ($settings) = $doc =~ /^(db_user = .*?)^```/ms or die 'no settings in doc/shared-hosting.md';
my %here = (db_password => 'database-canary', key_file => "$home/customerapi/etc/customerapi/key",
	db_socket => $db->socket);
is(join(' ', sort grep { $settings =~ /^$_ = /m } keys %here), 'db_password db_socket key_file',
	'the settings to fill in are told');
$settings =~ s/^(\w+) = .*$/exists $here{$1} ? "$1 = '$here{$1}'" : $&/gme;
put('customerapi/etc/customerapi/customerapi.conf', $settings);
$ENV{CUSTOMERAPI_CONF} = "$home/customerapi/etc/customerapi/customerapi.conf";

sub admin {
	my ($command) = @_;
	my $out = `$home/customerapi/bin/customerapi $command 2>&1`;
	is($?, 0, "customerapi $command") or diag($out);
	return $out;
}
admin('init');
if ($> == 0) { chown scalar(getpwnam 'www-data'), -1,
	"$home/customerapi/etc/customerapi/key" }	# a host runs our programs as one user
admin('customer add Acme');
admin('alias add Acme Shop --database u123_main --currency EUR --time-zone Europe/Paris');
put('secret', 'shop-canary', 0600);
admin("source add Acme Shop --source-id 1 --scheme shopify --secret-file $home/secret");
is_deeply([map { $_->[0] } $db->sql("SHOW DATABASES LIKE '%u123%'")], ['u123_main'],
	'there is one database');

copy("$ENV{SRCDIR}/apache/htaccess", "$home/web/.htaccess") or die $!;
my $cgi = slurp("$ENV{SRCDIR}/apache/customerapi.cgi");
put('web/customerapi.cgi',
	$cgi =~ s/\@CONF\@/$home\/customerapi\/etc\/customerapi\/customerapi.conf/r
	=~ s/\@PROGRAM\@/$home\/customerapi\/libexec\/customerapi.fcgi/r, 0755);
my $apache = Apache->start('cgi', "$home/web");
my $http = HTTP::Tiny->new(timeout => 60);

sub webhook {
	my ($triple, $fixture, $secret) = @_;
	my $body = slurp("$ENV{SRCDIR}/t/fixtures/shopify/$fixture.json");
	my $sign = hmac_sha256_base64($body, $secret // 'shop-canary') . '=';
	return $http->post($apache->url . "/ProcessManagement/Connector/Standard/QueueProcess/Acme"
		. "/Shop/Shopify/$triple?SourceId=1",
		{ content => $body, headers => { 'Content-Type' => 'application/json',
			'X-Shopify-Hmac-SHA256' => $sign,
			'X-Shopify-Webhook-Id' => "id-$fixture" } });
}
sub state_of {
	my ($receipt) = @_;
	my $path = "/ProcessManagement/Connector/Standard/Receipt/Acme/Shop/$receipt";
	return decode_json($http->get($apache->url . $path)->{content})->{State};
}
my $sent = webhook('Customer/Insert', 'customers_create');
is($sent->{status}, 202, 'a webhook is taken') or diag($sent->{content}, $apache->logs);
my $receipt = decode_json($sent->{content})->{Receipt};
is(state_of($receipt), 'Ready', 'and waits');
is(webhook('Customer/Insert', 'customers_create', 'wrong')->{status}, 401,
	'one with a wrong signature is refused');
my $order = webhook('Order/Insert', 'orders_paid_code');
is($order->{status}, 202, 'an order, too') or diag($order->{content});

# The line of the crontab.
my ($line) = $doc =~ /^(\* \* \* \* \* .*--once.*)$/m
	or die 'no crontab line in doc/shared-hosting.md';
my ($command) = $line =~ /^(?:\S+ ){5}(.*)/;
sub cron { local %ENV = (HOME => $home, PATH => '/usr/bin:/bin', SHELL => '/bin/sh');
	my $out = `/bin/sh -c '$command' 2>$home/cron.err`; return ($?, $out) }
my ($status, $out) = cron();
is("$status $out", '0 ', 'the line of the crontab') or diag(slurp("$home/cron.err"));
is(state_of($receipt), 'Done', 'and what waited is done');
is(state_of(decode_json($order->{content})->{Receipt}), 'Done', 'the order, too');
is($db->value("SELECT COUNT(*) FROM u123_main.PurchaseHeader"), 1,
	'its row is in the one database');
cmp_ok($db->value("SELECT COUNT(*) FROM u123_main.Contact"), '>=', 1, 'beside the contact');
is(decode_json(webhook('Customer/Insert', 'customers_create')->{content})->{Duplicate},
	JSON::PP::true, 'sent again it is known');
($status, $out) = cron();
is("$status $out", '0 ', 'and once more, with nothing to do');

# No program of ours runs there, so there is no run folder either; the page says that this may stay.
$ENV{CUSTOMERAPI_FCGI_SOCKET} = "$home/customerapi/var/run/customerapi/customerapi.sock";
my $doctor = "doctor --no-smtp --json --url @{[$apache->url]}";
my $told = decode_json(scalar `$home/customerapi/bin/customerapi $doctor 2>/dev/null`);
my %found;
push @{ $found{$_->{Check}} }, "$_->{Result} $_->{Message}" for @{ $told->{Checks} };
unlike(join("\n", @{ $found{$_} }), qr/^error/m, "doctor: $_") or diag(join "\n", @{ $found{$_} })
	for qw(settings database schema grants tenants databases daemon queue);
like(join("\n", @{ $found{'web-server'} }), qr/^ok Bodies of 8388608 bytes arrive whole/m,
	'doctor: large bodies arrive');
like(join("\n", @{ $found{'web-server'} }), qr/^error The path arrives decoded/m,
	'doctor: says that the host decodes paths');
like(join("\n", @{ $found{'web-server'} }), qr/^ok Authorization/m, 'doctor: headers arrive');
is(join("\n", @{ $found{'web-program'} }),
	"warning No customerapi.fcgi takes connections at $ENV{CUSTOMERAPI_FCGI_SOCKET}.",
	'doctor: the program is not asked for');
like($doc =~ s/\s+/ /gr, qr/What may stay .*\*No customerapi\.fcgi takes connections\*/,
	'which the page names');
unlike($apache->logs, qr/canary/, 'no secret in a log');

done_testing();

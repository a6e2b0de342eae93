# ReferenceData/{Entity}: what ids mean, of every reference entity, in pages; who may ask; and where
# pages and OpenAPI point there.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;
use Demo;

my $demo = Demo->start(daemon => 0);
sub ask { my ($path, $headers) = @_; my $r = $demo->get("/ReferenceData/$path", $headers);
	return ($r->{status}, eval { decode_json($r->{content}) } // {}) }
sub rows { my ($status, $o) = ask(@_); return { map { $_->{Id} => $_->{Label} } @{ $o->{Rows} } } }

# ------------------------------------------------------------------ what is listed
is_deeply(rows('Gender'), { 0 => 'Not known', 1 => 'Male', 2 => 'Female', 9 => 'Not applicable' },
	'genders');
is(rows('PurchaseStatus')->{3}, 'Paid', 'states of purchases');
is(rows('civility')->{2}, 'Mrs', 'civilities, in any case');
is(rows('Currency?Limit=1000')->{EUR}, 'Euro', 'currencies have codes');
my ($status, $o) = ask('Title');
is_deeply($o, { Entity => 'Title', Key => 'TitleId', Rows => [{ Id => '1', Label => 'Doctor' },
	{ Id => '2', Label => 'Professor' }], Next => undef }, 'the whole reply');
$demo->db->sql("INSERT INTO customerapi_demo.Title (TitleId, Label, DeletionFlag, CreationDate, "
	. "ModificationDate) VALUES (-3, NULL, 0, '2026-01-01', '2026-01-01'), (7, 'Gone', 1, "
		. "'2026-01-01', '2026-01-01')");
is_deeply((ask('Title'))[1]{Rows},
	[{ Id => '-3', Label => undef }, { Id => '1', Label => 'Doctor' },
		{ Id => '2', Label => 'Professor' }],
		'no label, a negative key, none that is deleted');

# ------------------------------------------------------------------ pages
my (@ids, $after) = ();
for (1 .. 50) {
	my ($status, $o) = ask('Country?Limit=60' . (defined $after ? "&After=$after" : ''));
	cmp_ok(scalar @{ $o->{Rows} }, '<=', 60, 'a page is no longer than its Limit');
	push @ids, map { $_->{Id} } @{ $o->{Rows} };
	last if !defined($after = $o->{Next});
}
is(scalar @ids, $demo->db->value('SELECT COUNT(*) FROM customerapi_demo.Country'),
	'all countries are on the pages');
is_deeply(\@ids, [do { my %once; grep { !$once{$_}++ } sort @ids }], 'each once, in order');
is_deeply([map { $_->{Id} } @{ (ask('Gender?Limit=2&After=0'))[1]{Rows} }], [1, 2],
	'numbers go on behind a number');
is((ask('Gender?Limit=2&After=0'))[1]{Next}, '2', 'with the next one');
is((ask('Gender?Limit=2&After=1'))[1]{Next}, undef, 'a page that is just full is the last');

# ------------------------------------------------------------------ what is wrong
for (['Genders', qr/must be one of .*Gender/], ['Contact', qr/must be one of/],
	['Gender?After=x', qr/must be a number, as GenderId is/], ['Gender?Limit=0', qr/1/],
	['Gender?Limit=1001', qr/1000/],
	['Gender?Offset=1', qr/not a parameter/]) {
	my ($status, $o) = ask($_->[0]);
	is($status, 400, "$_->[0]: 400");
	like($o->{errors}[0]{message}, $_->[1], "$_->[0]: what would be right");
}

# ------------------------------------------------------------------ who may ask
is((ask('Gender', {}))[0], 401, 'nobody without a token');
$demo->admin('customer add Other');
$demo->admin('alias add Other Main --database customerapi_other --create-database --currency EUR '
	. '--time-zone Europe/Paris');
my $other = decode_json($demo->admin('token create Other Main --rights club --json'))->{Token};
is((ask('Gender', { %{ $demo->headers }, 'X-Crm360Api-Token' => $other }))[0], 401,
	'nobody with the token of another tenant');
is_deeply(rows('Title', { 'X-Crm360Api-ApiKey' => $other }), { 1 => 'Doctor', 2 => 'Professor' },
	'which sees its own rows');
for my $right (qw(data process webhook club)) {
	my $token = decode_json(
		$demo->admin("token create Demo Main --rights $right --json"))->{Token};
	is((ask('Gender', { 'X-Crm360Api-ApiKey' => $token }))[0], 200,
		"a token with the right $right alone");
}

# ------------------------------------------------------------------ zones and brands of a user who
# is limited
$demo->db->sql("INSERT INTO customerapi_demo.Zone (ZoneId, Label, CreationDate, ModificationDate) "
	. "VALUES (2, 'West', '2026-01-01', '2026-01-01'); INSERT INTO customerapi_demo.Brand "
		. "(BrandId, Label, CreationDate, ModificationDate) VALUES (2, 'Bonne', "
			. "'2026-01-01', '2026-01-01')");
is_deeply([sort keys %{ rows('Zone') }], [1, 2], 'all zones');
$demo->admin('user add Demo Main west --rights data --zone 2 --brand 2 --password-file -',
	'a-long-password-of-west');
my $west = decode_json(
	$demo->admin('token create Demo Main --rights data --user west --json'))->{Token};
is_deeply([keys %{ rows($_, { 'X-Crm360Api-ApiKey' => $west }) }], [2], "the $_ that is allowed")
	for qw(Zone Brand);
is_deeply([sort keys %{ rows('Title', { 'X-Crm360Api-ApiKey' => $west }) }], [-3, 1, 2],
	'other lists have no limit');

# ------------------------------------------------------------------ every reference entity, and who
# points there
my $api = decode_json($demo->get('/openapi.json')->{content});
my @names = @{ $api->{paths}{'/ReferenceData/{Entity}'}{get}{parameters}[0]{schema}{enum} };
cmp_ok(scalar @names, '>', 25, scalar(@names) . ' entities');
is_deeply([grep { (ask($_))[0] != 200 } @names], [], 'each is listed');
my $model = sub { $demo->get("/HelpOdata/Api/Customer_$_[0]")->{content} };
for my $case (['Contact', 'Gender'], ['Contact', 'Civility'], ['Address', 'Country'],
	['PurchaseHeader', 'PurchaseStatus'], ['Voucher', 'Currency']) {
	my ($entity, $to) = @$case;
	like($model->($entity), qr{>ReferenceData/$to</a> lists its values},
		"the page of $entity points to $to");
	my $properties = $api->{components}{schemas}{"Standard$entity"}{properties};
	my ($column) = grep { /${to}Id$/ } sort keys %$properties;
	like($properties->{$column}{description}, qr{GET /ReferenceData/$to lists},
		"and so does OpenAPI at $column");
}
unlike($model->('PurchaseDetail'), qr{ReferenceData/PurchaseHeader},
	'rows of persons are no reference data');
my $page = $demo->get('/HelpWebapi/Api/POST-Bonduelle-Club-SetContact')->{content};
like($page, qr{>ReferenceData/$_</a> lists its values}, "the page of SetContact points to $_")
	for qw(Gender Civility Country Zone Source);
my ($link) = $page =~ m{<a href="([^"]+)">ReferenceData/Gender};
is($demo->get($link)->{status}, 200, 'the link leads somewhere');

done_testing();

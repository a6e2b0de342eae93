# The club's actions through nginx: contact, stores, interests; every parameter, faults, access,
# zones and brands, ETags, conflicts, Idempotency-Key.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Club;

my $w = Club->start;
my $t = "'2026-01-01', '2026-01-01'";
$w->sql("INSERT INTO Zone (ZoneId, Label, CreationDate, ModificationDate) VALUES (2, 'North', $t), "
	. "(3, 'South', $t);
	INSERT INTO Brand (BrandId, Label, CreationDate, ModificationDate) VALUES (2, 'Second', $t);
	INSERT INTO Store (StoreId, StoreIdentifier, Label, City, ZoneId, BrandId, SourceId, "
		. "DeletionFlag, CreationDate, ModificationDate) VALUES
		(1, 'R-1', 'One', 'Lille', 2, NULL, 1, 0, $t), (2, 'R-2', 'Two', 'Lyon', 3, NULL, "
			. "1, 0, $t), (3, 'R-3', 'Three', NULL, NULL, 2, 2, 0, $t), (4, 'R-4', "
				. "'Gone', NULL, NULL, NULL, 1, 1, $t);
	INSERT INTO PurchaseGoodCategory (PurchaseGoodCategoryId, Identifier, SourceId, Label, "
		. "BrandId, CreationDate, ModificationDate) VALUES
		(1, 'VEG', 1, 'Vegetables', NULL, $t), (2, 'SOUP', 2, 'Soups', NULL, $t),
		(3, 'ICE', 1, 'Ice', 2, $t)");
my $set = sub { my ($body, $query, %o) = @_;
	return $w->post('SetContact?SourceId=1' . ($query // ''), $body, %o) };
my $get = sub { my ($id, %o) = @_; return $w->get("GetContact?DrupalId=$id&SourceId=1", %o) };

# ------------------------------------------------------------------ a contact comes to be
is($get->('u1')->{status}, 404, 'unknown: 404');
my %full = (GenderId => 1, CivilityId => 1, FirstName => 'Zoé', MiddleName => 'M',
	LastName => "O'Neil \"x\"", LastName2 => 'Two', BirthDate => '1980-02-29',
	JobTitle => 'Chef', CompanyName => 'ACME', GlobalOptin => JSON::PP::true,
	GlobalPartnerOptin => JSON::PP::false, LanguageId => 'fra',
	map { ("FreeField$_" => "free $_") } 1 .. 5);
my %address = (Address1 => '1 rue', Address2 => 'a', Address3 => 'b', Address4 => 'c',
	Address5 => 'd', Address6 => 'e', Address7 => 'f', PostCode => '59000', City => 'Lille',
	State => 'Nord', CountryId => 'FRA', AddressOptin => JSON::PP::true,
	Email => 'zoe@example.org', EmailOptin => JSON::PP::true, HomePhoneNumber => '+33 3 20',
	HomePhoneCountryId => 'FRA',
	HomePhoneOptin => JSON::PP::false, MobilePhoneNumber => '+33 6 12',
	MobilePhoneCountryId => 'BEL', MobilePhoneOptin => JSON::PP::true);
my $made = $set->({ DrupalId => 'u1', %full,
	Addresses => [{ %address }, { BrandId => 2, ContactAddressTypeId => 1, City => 'Lyon' }] },
	'&ZoneId=2');
is($made->{status}, 201, 'made') or diag($made->{content});
my $shown = $get->('u1');
is($shown->{content}, $made->{content}, 'GetContact shows what SetContact answered');
is($shown->{headers}{etag}, $made->{headers}{etag}, 'with the same ETag');
like($shown->{headers}{etag}, qr/^"[0-9a-f]{32}"$/, 'a strong one');
my $j = $shown->{json};
is_deeply({ map { $_ => $j->{$_} } keys %full }, \%full, 'every field of the contact');
is($j->{ZoneId}, 2, 'the zone');
is_deeply({ map { $_ => $j->{Addresses}[0]{$_} } keys %address }, \%address,
	'every field of the address');
is("$j->{Addresses}[0]{BrandId} $j->{Addresses}[0]{ContactAddressTypeId}", '1 1',
	'brand and type by default');
is("$j->{Addresses}[1]{BrandId} $j->{Addresses}[1]{City}", '2 Lyon', 'and as given');
is_deeply([$j->{AttachedStores}, $j->{ContactInterests}], [[], []], 'neither stores nor interests');
is($w->value("SELECT CONCAT(BirthDay, ' ', BirthMonth, ' ', BirthYear, ' ', DATE(BirthDate)) FROM "
	. "Contact WHERE ContactId = $j->{ContactId}"), '29 2 1980 1980-02-29',
	'the date of birth, in parts too');
is($w->value("SELECT CONCAT(Identifier, SourceId) FROM ContactIdentifier WHERE ContactId = "
	. "$j->{ContactId}"), 'u11', 'its identifier');

# ------------------------------------------------------------------ changes
my $changed = $set->({ DrupalId => 'u1', FirstName => 'Zoë', MiddleName => '', GenderId => 0,
	BirthDate => '', Addresses => [{ City => 'Nice', Email => '' }] });
is($changed->{status}, 200, 'changed');
is_deeply([@{ $changed->{json} }{qw(FirstName MiddleName GenderId BirthDate LastName ZoneId)}],
	['Zoë', undef, undef, undef, "O'Neil \"x\"", 2],
	'what is given changes, "" and 0 empty, the rest stays');
is_deeply([map { @$_{qw(City Email PostCode)} } $changed->{json}{Addresses}[0]],
	['Nice', undef, '59000'], 'in the address as well');
is(scalar @{ $changed->{json}{Addresses} }, 2, 'the other address stays');
isnt($changed->{headers}{etag}, $made->{headers}{etag}, 'another ETag');
is($changed->{json}{ContactId}, $j->{ContactId}, 'the same contact');
is($set->({ DrupalId => 'u1' }, '&ZoneId=3')->{json}{ZoneId}, 3, 'another zone');
my $plain = $set->({ DrupalId => 'U1' });
is("$plain->{status} $plain->{json}{ZoneId}", '201 1',
	'an identifier is compared by bytes; the default zone');
is($w->post('SetContact?SourceId=2', { DrupalId => 'u1' })->{status}, 201,
	'and belongs to its Source');

# a guest, known by mail address
$w->sql("INSERT INTO Contact (ContactId, ZoneId, LastName, CreationDate, ModificationDate) VALUES "
	. "(900, 1, 'Guest', $t);
	INSERT INTO ContactIdentifier VALUES ('g', 'email:guest\@example.org', 900, 1, $t)");
my $guest = $set->({ DrupalId => 'g1', Addresses => [{ Email => 'Guest@Example.org' }] });
is("$guest->{status} $guest->{json}{ContactId} $guest->{json}{LastName}", '200 900 Guest',
	'a guest is joined');

# deleted contacts
$w->sql('UPDATE Contact SET DeletionFlag = 1 WHERE ContactId = 900');
is($get->('g1')->{status}, 404, 'deleted: 404');
is($w->points('g1')->{status}, 404, 'for the points, too');
is($set->({ DrupalId => 'g1', LastName => 'Back' })->{json}{LastName}, 'Back',
	'SetContact brings it back');
is($get->('g1')->{status}, 200, 'it is there again');

# A stamp of the future, from a shop with a wrong clock, does not stop the user; an older message
# does not undo what the user said.
$w->sql("UPDATE Contact SET SourceStamp = '2099-01-01' WHERE ContactId = 900");
is($set->({ DrupalId => 'g1', LastName => 'Mine' })->{json}{LastName}, 'Mine',
	'a change under a stamp of the future');
is($w->value("SELECT SourceStamp > '2026-11-01' FROM Contact WHERE ContactId = $j->{ContactId}"), 1,
	'a change is stamped');

# ------------------------------------------------------------------ faults, all at once
my %bad = (
	'no body' => [undef, '', 'DrupalId'],
	'empty id' => [{ DrupalId => '' }, '', 'DrupalId'],
	'a guest\'s id' => [{ DrupalId => 'Email:x@y.example' }, '', 'DrupalId'],
	'id too long' => [{ DrupalId => 'x' x 256 }, '', 'DrupalId'],
	'not JSON' => ['{', '', 'body'],
	'not an object' => ['[]', '', 'body'],
	'twice' => ['{"DrupalId":"a","drupalid":"b"}', '', 'DrupalId'],
	'unknown member' => [{ DrupalId => 'x', FirstNam => 1 }, '', 'FirstNam'],
	'many' => [{ FirstName => 5, LastName => 'x' x 201, BirthDate => '1980-02-30',
		GlobalOptin => 'maybe', GenderId => -1,
		Addresses => [{ Email => 'nobody', Citty => 1 }, 7] }, '&ZoneId=x&What=1',
		'ZoneId What FirstName LastName BirthDate GlobalOptin GenderId Addresses[0].Email '
			. 'Addresses[0].Citty Addresses[1] DrupalId'],
	'control characters' => [{ DrupalId => 'x', City => 1, FirstName => "a\nb" }, '',
		'City FirstName'],
	'what the tenant does not have' => [{ DrupalId => 'x', GenderId => 99, LanguageId => 'xxx',
		Addresses => [{ CountryId => 'ZZZ', BrandId => 77 }, { CountryId => 'FRA' },
			{ ContactAddressTypeId => 88 }] },
		'&ZoneId=99', 'GenderId LanguageId ZoneId Addresses[0].BrandId '
			. 'Addresses[0].CountryId Addresses[2].ContactAddressTypeId'],
	'the same address twice' => [{ DrupalId => 'x',
		Addresses => [{ City => 'a' }, { BrandId => 1, City => 'b' }] }, '',
		'Addresses[1]'],
	'addresses no array' => [{ DrupalId => 'x', Addresses => {} }, '', 'Addresses'],
	'too many addresses' => [{ DrupalId => 'x', Addresses => [map { {} } 1 .. 21] }, '',
		'Addresses'],
	'modification date' => [{ DrupalId => 'x', ModificationDate => 'yesterday' }, '',
		'ModificationDate'],
);
for my $what (sort keys %bad) {
	my $r = $set->($bad{$what}[0], $bad{$what}[1]);
	is($r->{status}, 400, "$what: 400") or diag($r->{content});
	is(join(' ', sort split ' ', Club::fields($r)), join(' ', sort split ' ', $bad{$what}[2]),
		"$what: the fields") or diag($r->{content});
}
is($w->value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = 'x'"), 0,
	'nothing is half done');
for my $query ('SourceId=1', 'DrupalId=u1', 'DrupalId=u1&SourceId=x', 'DrupalId=u1&SourceId=0',
	'DrupalId=u1&SourceId=9', 'DrupalId=u1&SourceId=1&Zone=1',
	'DrupalId=u1&SourceId=1&sourceid=1') {
	is($w->get("$_?$query" . ($_ eq 'GetListPoints' ? '' : ''))->{status}, 400,
		"$_?$query: 400") for qw(GetContact GetListPoints);
	is($w->post("SetRetailers?$query", { Retailers => [] })->{status}, 400,
		"SetRetailers?$query: 400");
	is($w->post("SetPurchaseGoodCategories?$query", { PurchaseGoodCategories => [] })->{status},
		400, "SetPurchaseGoodCategories?$query: 400");
	is($w->post("CheckCode?$query&CodePrivilege=A", '')->{status}, 400,
		"CheckCode?$query: 400");
}
is(Club::fields($w->get('GetContact?DrupalId=u1&SourceId=9')), 'SourceId',
	'a Source that is not the tenant\'s');
is(Club::fields($w->post('SetContact?SourceId=9', { DrupalId => 'x', GenderId => 99 })),
	'SourceId GenderId', 'together with the other faults');
is($w->request('DELETE', 'GetContact')->{status}, 405, 'another method');
is($w->post('GetContact?DrupalId=u1&SourceId=1', '')->{status}, 405, 'POST on GetContact');
is($w->get('getcontact?drupalid=u1&SOURCEID=1')->{status}, 200, 'names in any case');

# ------------------------------------------------------------------ who may
$w->token('process', 1, 'process');
is($get->('u1', token => 'process')->{status}, 403, 'another right: 403');
$w->token('admin', 1, 'admin');
is($get->('u1', token => 'admin')->{status}, 200, 'admin has all rights');
is($get->('u1', headers => { 'X-Crm360Api-Token' => 'wrong' })->{status}, 401,
	'a wrong token: 401');
is($get->('u1', tenant => 2)->{status}, 404, 'another tenant does not see the contact');
is($get->('u1', tenant => 2, token => 'club1')->{status}, 401,
	'nor does a token open another tenant');
is($set->({ DrupalId => 'u1', LastName => 'Other' }, '', tenant => 2)->{status}, 201,
	'it has its own');
for (1 .. 6) {
	is($get->('u1', tenant => 2)->{json}{LastName}, 'Other', 'tenant 2');
	is($get->('u1')->{json}{LastName}, "O'Neil \"x\"", 'tenant 1, by turns');
}

# ------------------------------------------------------------------ zones and brands of a token's
# user
$w->{s}->sql(
	"INSERT INTO api_user (user_id, alias_id, login, password_hash, rights, created_at) VALUES "
		. "(1, 1, 'north', 'x', 'club', '2026-01-01'), (2, 1, 'brand', 'x', 'club', "
			. "'2026-01-01');
	INSERT INTO api_user_zone VALUES (1, 2); INSERT INTO api_user_brand VALUES (2, 1)");
$w->token('north', 1, 'club', 1);
$w->token('brand', 1, 'club', 2);
is($set->({ DrupalId => 'n1', LastName => 'North' }, '&ZoneId=2')->{status}, 201,
	'a contact in zone 2');
is($get->('n1', token => 'north')->{status}, 200, 'which the user of zone 2 sees');
is($get->('u1', token => 'north')->{status}, 404, 'those of zone 3 it does not');
is($w->points('u1', '', token => 'north')->{status}, 404, 'nor their points');
is($w->code('u1', 'X', token => 'north')->{status}, 404, 'nor does it use their codes');
is($w->post('SetRetailers?DrupalId=u1&SourceId=1', { Retailers => [] }, token => 'north')->{status},
	404, 'nor attach stores to them');
is($set->({ DrupalId => 'u1', LastName => 'Y' }, '', token => 'north')->{status}, 403,
	'nor change them');
is($set->({ DrupalId => 'n2' }, '', token => 'north')->{status}, 403,
	'a new one in the default zone: 403');
is($set->({ DrupalId => 'n2' }, '&ZoneId=3', token => 'north')->{status}, 403, 'in zone 3: 403');
is($set->({ DrupalId => 'n2' }, '&ZoneId=2', token => 'north')->{status}, 201, 'in zone 2: made');
is($set->({ DrupalId => 'n2' }, '&ZoneId=3', token => 'north')->{status}, 403,
	'and cannot be moved away');
is(join(' ', map { $_->{BrandId} } @{ $get->('u1', token => 'brand')->{json}{Addresses} }), '1',
	'addresses of other brands are not shown');
is($set->({ DrupalId => 'u1', Addresses => [{ BrandId => 2, City => 'X' }] }, '',
	token => 'brand')->{status}, 403, 'nor changed');

# What a user may not work with, it does not learn of.
is($set->({ DrupalId => 'n3' }, "&ZoneId=$_", token => 'north')->{status}, 403, "zone $_: 403")
	for 3, 99;
$w->sql("INSERT INTO Contact (ContactId, ZoneId, LastName, CreationDate, ModificationDate) VALUES "
	. "(1901, 3, 'Guest', $t), (1902, 2, 'Guest', $t);
	INSERT INTO ContactIdentifier VALUES ('g1', 'email:south\@example.org', 1901, 1, $t), ('g2',
		'email:north\@example.org', 1902, 1, $t)");
for my $deleted (0, 1) {
	$w->sql("UPDATE Contact SET DeletionFlag = $deleted WHERE ContactId = 1901");
	is($set->({ DrupalId => "n4$deleted", Addresses => [{ Email => 'south@example.org' }] },
		'&ZoneId=2', token => 'north')->{status}, 201,
		'a mail address of a guest elsewhere is as any other');
}
is($set->({ DrupalId => 'n5', Addresses => [{ Email => 'north@example.org' }] }, '&ZoneId=2',
	token => 'north')->{json}{ContactId}, 1902, 'a guest of its zone is joined');
is($set->({ DrupalId => 's5', Addresses => [{ Email => 'south@example.org' }] })->{json}{ContactId},
	1901, 'and one elsewhere, by who may');
for my $r ($w->get('GetContact?DrupalId=Email:north@example.org&SourceId=1'),
	$w->points('email:north@example.org'), $w->code('email:north@example.org', 'X')) {
	is("$r->{status} " . Club::fields($r), '400 DrupalId', 'a guest has no DrupalId');
}

# ------------------------------------------------------------------ stores
my $retailers = sub { my ($id, $list, %o) = @_;
	return $w->post("SetRetailers?DrupalId=$id&SourceId=1", { Retailers => $list }, %o) };
my $stores = sub { join ' ', map { $_->{StoreId} } @{ $_[0]{json}{AttachedStores} } };
my $r = $retailers->('n1', [{ StoreId => 1, AttachedStoreTypeId => 5 },
	{ StoreIdentifier => 'R-2' }, { StoreIdentifier => 'R-3', SourceId => 2 }]);
is("$r->{status} " . $stores->($r), '200 1 2 3', 'attached by key and by identifier');
is_deeply($r->{json}{AttachedStores}[0], { StoreId => 1, StoreIdentifier => 'R-1', SourceId => 1,
	Label => 'One', Address1 => undef, PostCode => undef, City => 'Lille', CountryId => undef,
	AttachedStoreTypeId => 5 }, 'with their facts');
is($stores->($get->('n1')), '1 2 3', 'GetContact shows them');
is($stores->($get->('n1', token => 'north')), '1 3', 'but not those of other zones');
is($stores->($get->('n1', token => 'brand')), '1 2', 'or brands');
is($stores->($retailers->('n1', [{ StoreId => 3 }], token => 'north')), '3',
	'a list replaces what the user may see');
is($stores->($get->('n1')), '2 3', 'and nothing else');
is($stores->($retailers->('n1', [{ StoreId => 1 }])), '1', 'others are detached');
is($r = $retailers->('n1', [{ StoreId => 1 }])->{json}{AttachedStores}[0]{AttachedStoreTypeId}, 5,
	'the type stays');
is($stores->($retailers->('n1', [])), '', 'none');
is($w->value('SELECT COUNT(*) FROM AttachedStore WHERE DeletionFlag = 1'), 3, 'rows stay, flagged');
is($retailers->('nobody', [])->{status}, 404, 'unknown contact: 404');
$r = $retailers->('n1', [{}, { StoreId => 1, StoreIdentifier => 'R-1' }, { StoreId => 99 },
	{ StoreIdentifier => 'R-9' }, { StoreId => 4 }, { StoreId => 1 },
	{ StoreIdentifier => 'R-1' }, { StoreId => 'x', What => 1 }]);
is("$r->{status} " . Club::fields($r), '400 Retailers[7].StoreId Retailers[7].What',
	'faults of form');
$r = $retailers->('n1', [{}, { StoreId => 1, StoreIdentifier => 'R-1' }, { StoreId => 99 },
	{ StoreIdentifier => 'R-9' }, { StoreId => 4 }, { StoreId => 1 },
	{ StoreIdentifier => 'R-1' }]);
is("$r->{status} " . Club::fields($r), '400 Retailers[0] Retailers[1] Retailers[2].StoreId '
	. 'Retailers[3].StoreIdentifier Retailers[4].StoreId Retailers[6].StoreIdentifier',
	'and of content, all at once');
is(Club::fields($retailers->('n1', [{ StoreId => 2 }], token => 'north')), 'Retailers[0].StoreId',
	'a store of another zone');
is(Club::fields($w->post('SetRetailers?DrupalId=n1&SourceId=1', {})), 'Retailers',
	'the list is required');
is(Club::fields($w->post('SetRetailers?DrupalId=n1&SourceId=1',
	{ Retailers => [map { { StoreId => 1 } } 1 .. 101] })), 'Retailers', 'and has an end');

# ------------------------------------------------------------------ interests
my $categories = sub { my ($id, $list, %o) = @_;
	return $w->post('SetPurchaseGoodCategories?DrupalId=' . $id . '&SourceId='
		. ($o{source} // 1), { PurchaseGoodCategories => $list }, %o) };
my $interests = sub { join ' ',
	map { "$_->{PurchaseGoodCategoryId}/$_->{SourceId}" } @{ $_[0]{json}{ContactInterests} } };
$r = $categories->('n1', [{ PurchaseGoodCategoryId => 3 }, { Identifier => 'SOUP', SourceId => 2 },
	{ Identifier => 'VEG' }]);
is("$r->{status} " . $interests->($r), '200 3/1 2/1 1/1', 'interests by key and by identifier');
is_deeply([map { @$_{qw(Identifier Label)} } @{ $r->{json}{ContactInterests} }],
	['ICE', 'Ice', 'SOUP', 'Soups', 'VEG', 'Vegetables'], 'with their names');
my $since = $r->{json}{ContactInterests}[2]{InterestDate};
is($interests->($get->('n1', token => 'brand')), '2/1 1/1', 'those of other brands are not shown');
is($interests->($r = $categories->('n1', [{ Identifier => 'VEG' }], token => 'brand')), '1/1',
	'a list replaces what the user may see');
is($r->{json}{ContactInterests}[0]{InterestDate}, $since,
	'an interest that goes on keeps its date');
is($interests->($get->('n1')), '3/1 1/1', 'and nothing else');
is($interests->($categories->('n1', [])), '', 'none');
is($interests->($categories->('n1', [{ PurchaseGoodCategoryId => 1 }])), '1/1', 'and again');
is($categories->('nobody', [])->{status}, 404, 'unknown contact: 404');
is(Club::fields($categories->('n1', [{ PurchaseGoodCategoryId => 99 }, { Identifier => 'SOUP' },
	{}])), 'PurchaseGoodCategories[0].PurchaseGoodCategoryId '
		. 'PurchaseGoodCategories[1].Identifier PurchaseGoodCategories[2]', 'faults');

# ------------------------------------------------------------------ ETags and conflicts
my $state = $get->('u1');
my $etag = $state->{headers}{etag};
$r = $get->('u1', headers => { 'If-None-Match' => $etag });
is("$r->{status} [" . ($r->{content} // '') . "] $r->{headers}{etag}", "304 [] $etag",
	'If-None-Match: 304 without a body');
is($get->('u1', headers => { 'If-None-Match' => "\"x\", W/$etag" })->{status}, 304,
	'in a list, weak');
is($get->('u1', headers => { 'If-None-Match' => '"x"' })->{status}, 200, 'another one: 200');
is($set->({ DrupalId => 'u1', JobTitle => 'A' }, '', headers => { 'If-Match' => '"x"' })->{status},
	412, 'If-Match of another state: 412');
is($set->({ DrupalId => 'u1', JobTitle => 'A' }, '',
	headers => { 'If-Match' => "W/$etag" })->{status}, 412, 'a weak one does not do');
is($get->('u1')->{headers}{etag}, $etag, 'nothing changed');
$r = $set->({ DrupalId => 'u1', JobTitle => 'A' }, '', headers => { 'If-Match' => "\"x\", $etag" });
is($r->{status}, 200, 'If-Match of this state');
is($set->({ DrupalId => 'u1', JobTitle => 'B' }, '', headers => { 'If-Match' => $etag })->{status},
	412, 'which is the past now');
is($w->post('SetRetailers?DrupalId=u1&SourceId=1', { Retailers => [{ StoreId => 2 }] },
	headers => { 'If-Match' => $etag })->{status}, 412, 'for SetRetailers');
is($categories->('u1', [], headers => { 'If-Match' => $etag })->{status}, 412,
	'and SetPurchaseGoodCategories');
is($w->post('SetRetailers?DrupalId=u1&SourceId=1', { Retailers => [{ StoreId => 2 }] },
	headers => { 'If-Match' => $r->{headers}{etag} })->{status}, 200,
	'with the right one it changes');
isnt($get->('u1')->{headers}{etag}, $r->{headers}{etag}, 'and so does the ETag');
is($set->({ DrupalId => 'u1' }, '', headers => { 'If-None-Match' => '*' })->{status}, 412,
	'If-None-Match: * on one that is there');
is($set->({ DrupalId => 'new1' }, '', headers => { 'If-None-Match' => '*' })->{status}, 201,
	'on a new one');
is($set->({ DrupalId => 'new2' }, '', headers => { 'If-Match' => '*' })->{status}, 412,
	'If-Match: * on one that is not there');
my $date = $get->('u1')->{json}{ModificationDate};
is($set->({ DrupalId => 'u1', JobTitle => 'C',
	ModificationDate => '2026-01-01T00:00:00Z' })->{status}, 409,
	'an older ModificationDate: 409');
$r = $set->({ DrupalId => 'u1', JobTitle => 'C', ModificationDate => $date });
is("$r->{status} $r->{json}{JobTitle}", '200 C', 'the present one');
is($set->({ DrupalId => 'new3', ModificationDate => $date })->{status}, 409,
	'of a contact that is not there');
# A ModificationDate stands for one state, even when a change comes from a clock that is behind.
$w->sql("UPDATE Address SET ModificationDate = '2099-01-01'
	WHERE ContactId = $r->{json}{ContactId}");
$date = $get->('u1')->{json}{ModificationDate};
is(join(' ',
	map { $set->({ DrupalId => 'u1', JobTitle => $_, ModificationDate => $date })->{status}
		} 'D', 'E'), '200 409', 'a second change of a state of a clock that was put back');
$date = $get->('u1')->{json}{ModificationDate};
is($w->post('SetRetailers?DrupalId=u1&SourceId=1', { Retailers => [] })->{status}, 200, 'another');
isnt($get->('u1')->{json}{ModificationDate}, $date, 'shows');
is($w->value(
	"SELECT SourceStamp < '2099-01-01' FROM Contact WHERE ContactId = $r->{json}{ContactId}"),
	1, 'and what a shop says later is still taken');
$r = $get->('u1');
my @both = $w->at_once(map { ['POST', 'SetContact?SourceId=1',
	{ DrupalId => 'u1', JobTitle => "race $_" },
	headers => { 'If-Match' => $r->{headers}{etag} }] } 1 .. 6);
is_deeply([sort map { $_->{status} } @both], [200, (412) x 5],
	'of six who change the same state, one wins');
my @makers = $w->at_once(map { ['POST', 'SetContact?SourceId=1',
	{ DrupalId => 'race', LastName => "r$_" }] } 1 .. 8);
is_deeply([sort map { $_->{status} } @makers], [(200) x 7, 201],
	'of eight who make the same contact, one does');
is($w->value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = 'race'"), 1,
	'and it is one contact');

# ------------------------------------------------------------------ Idempotency-Key
my %key = (headers => { 'Idempotency-Key' => '5f0c0f7e-1' });
my $first = $set->({ DrupalId => 'idem', LastName => 'First' }, '', %key);
is("$first->{status} " . ($first->{headers}{'idempotency-replayed'} // 'no'), '201 no',
	'with a key');
$set->({ DrupalId => 'idem', LastName => 'Second' });
my $again = $set->({ DrupalId => 'idem', LastName => 'First' }, '', %key);
is("$again->{status} $again->{headers}{'idempotency-replayed'}", '201 true',
	'again: the first reply');
is($again->{content}, $first->{content}, 'byte by byte');
is($again->{headers}{etag}, $first->{headers}{etag}, 'with its ETag');
is($get->('idem')->{json}{LastName}, 'Second', 'and nothing was done again');
is($set->({ DrupalId => 'idem', LastName => 'First' }, '', %key, token => 'north')->{status}, 403,
	"another user's reply is not given to who may not see the contact");
$r = $set->({ DrupalId => 'idem', LastName => 'Third' }, '', %key);
is("$r->{status} $r->{json}{type}", '422 urn:customerapi:problem:idempotency-key-reused',
	'another body: 422');
is($w->code('idem', 'X', %key)->{status}, 422, 'another action: 422');
is($set->({ DrupalId => 'idem', LastName => 'First' }, '&ZoneId=2', %key)->{status}, 422,
	'another query: 422');
is($set->({ DrupalId => 'idem', LastName => 'First' }, '', %key, tenant => 2)->{status}, 201,
	'another tenant has its own keys');
is($set->({ DrupalId => 'bad', GenderId => 99 }, '',
	headers => { 'Idempotency-Key' => 'k2' })->{status}, 400, 'a request that fails');
is($set->({ DrupalId => 'bad', GenderId => 1 }, '',
	headers => { 'Idempotency-Key' => 'k2' })->{status}, 201, 'leaves no key');
is(Club::fields($set->({ DrupalId => 'idem' }, '', headers => { 'Idempotency-Key' => $_ })),
	'Idempotency-Key', 'no key: ' . substr $_, 0, 20) for 'a b', 'x' x 256;
my @same = $w->at_once(map { ['POST', 'SetContact?SourceId=1',
	{ DrupalId => 'idem2', LastName => 'Same' },
	headers => { 'Idempotency-Key' => 'k3' }] } 1 .. 8);
is_deeply([map { $_->{status} } @same], [(201) x 8],
	'eight at once with one key: all are told that it was made');
is(scalar(grep { ($_->{headers}{'idempotency-replayed'} // '') eq 'true' } @same), 7,
	'seven of them by the first one\'s reply');
is(scalar keys %{ { map { $_->{content} => 1 } @same } }, 1, 'which is the same');

# Retention: keys go after idempotency_keep_hours.
cmp_ok($w->value('SELECT COUNT(*) FROM api_idempotency'), '>=', 3, 'keys are stored');
$w->sql("UPDATE api_idempotency SET created_at = '2026-01-01' WHERE status = 201 LIMIT 2");
my $kept = $w->value("SELECT COUNT(*) FROM api_idempotency WHERE created_at > '2026-01-02'");
is($w->{s}->once, 0, 'a round of the daemon');
is($w->value('SELECT COUNT(*) FROM api_idempotency'), $kept,
	'old keys are gone, young ones are not');

# ------------------------------------------------------------------ nothing personal in the log
unlike($w->{fcgi}->log, qr/O'Neil|zoe\@example|club1-/, 'no personal data and no token in the log');

# ------------------------------------------------------------------ what a page view costs
# By the server's own counters, when the token is known and the statements are prepared: the reads
# of the contact, its addresses, its stores and interests; of points, one read of all movements.
my $counted = sub { return $w->value("SELECT SUM(VARIABLE_VALUE) FROM "
	. "information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('COM_STMT_EXECUTE', "
	. "'COM_STMT_PREPARE')") };
for (['GetContact', 3], ['GetListPoints', 1]) {
	my ($action, $most) = @$_;
	my $ask = sub { return $w->get("$action?DrupalId=u1&SourceId=1")->{status} };
	$ask->() for 1 .. 40;		# each thread has its connection and its statements
	my ($fewest) = sort { $a <=> $b } map {
		my $before = $counted->();
		is($ask->(), 200, "$action answers");
		$counted->() - $before
	} 1 .. 5;
	is($fewest, $most, "$action costs $most statements");
}

# What a list of a contact costs does not follow its length: each element was looked for and written
# by itself once.
$w->sql("INSERT INTO Store (StoreId, StoreIdentifier, Label, SourceId, DeletionFlag, CreationDate, "
	. "ModificationDate) SELECT seq, CONCAT('S', seq), 'x', 1, 0, $t FROM seq_101_to_200;
	INSERT INTO PurchaseGoodCategory (PurchaseGoodCategoryId, Identifier, SourceId, Label, "
		. "CreationDate, ModificationDate) SELECT seq, CONCAT('C', seq), 1, 'x', $t FROM "
			. "seq_101_to_200");
my $writes = sub { my ($send) = @_;
	my $before = $counted->();
	is($send->()->{status}, 200, 'written');
	return $counted->() - $before };
cmp_ok($writes->(sub { $retailers->('n1', [map { { StoreId => $_ } } 101 .. 200]) }), '<=', 60,
	'100 stores by few statements, prepares included');
cmp_ok($writes->(sub { $categories->('n1', [map { { Identifier => "C$_" } } 101 .. 200]) }), '<=',
	60, 'and 100 categories');
$set->({ DrupalId => 'n1', FirstName => "F$_", Addresses => [{ City => "C$_" }] }) for 1 .. 60;
my ($fewest) = sort { $a <=> $b } map { my $n = $_;
	$writes->(sub { $set->({ DrupalId => 'n1', FirstName => "G$n",
		Addresses => [{ City => "G$n" }] }) }) } 1 .. 5;
cmp_ok($fewest, '<=', 16, 'a contact and its address');

# Of more addresses than a reply has, the first by brand and type, whatever was stored first.
$w->sql("INSERT IGNORE INTO Address (ContactId, BrandId, ContactAddressTypeId, DeletionFlag, "
	. "CreationDate, ModificationDate) SELECT ContactId, b.seq, y.seq, 0, $t FROM "
	. "ContactIdentifier, seq_30_to_1 b, seq_50_to_1 y "
	. "WHERE Identifier = 'n1' AND SourceId = 1");
my @shown = map { "$_->{BrandId} $_->{ContactAddressTypeId}" } @{ $get->('n1')->{json}{Addresses} };
is(scalar @shown, 1000, 'not all of 1500 addresses are shown');
is(join(', ', @shown[0, 49, 50, 999]), '1 1, 1 50, 2 1, 20 50', 'the first are, in their order');

done_testing();

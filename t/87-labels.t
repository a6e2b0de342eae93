# Words in the language of a shop: states, civilities, genders, countries, yes and no; what is
# shipped, what an admin sets for a Source, what nobody knows; and what becomes of purchases without
# a status.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Unicode::Normalize qw(NFD NFKD);
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(tenant => { reference_currency => "'EUR'" });
$w->source(1, 2);
$w->{s}->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('label-canary') . "', 'process', '2026-01-01'), (1, x'"
	. sha256_hex('hook-canary') . "', 'webhook', '2026-01-01')");

sub one { return $w->rows(@_)->[0] }
sub said { my ($r) = @_; return join ' ', @{ $r->{remarks} } }
my $number = 0;
# An order in a status; its number, and what became of it.
sub order {
	my ($status, %more) = @_;
	my %body = (ExternalKey => { PurchaseIdentifier => 'o' . ++$number },
		PurchaseDate => '2026-03-01T00:00:00Z', CurrencyId => 'EUR', Amount => 500,
		PurchaseStatus => $status, %more);
	delete $body{source};
	my $r = $w->post('Magento/Command/Update', \%body, source => $more{source} // 1);
	is($r->{outcome}, 'done', "an order in the state " . ($status // 'none'))
		or diag($r->{reason});
	return wantarray ? ("o$number", $r) : "o$number";
}
sub status {
	return one("SELECT PurchaseStatusId FROM PurchaseHeader WHERE PurchaseIdentifier = '$_[0]'")
		}

# ---------------------------------------------------------------- the data that is shipped

my %plain = ("\x{e6}" => 'ae', "\x{f8}" => 'o', "\x{111}" => 'd', "\x{131}" => 'i',
	"\x{142}" => 'l', "\x{153}" => 'oe');
sub word { my $t = CORE::fc(NFKD($_[0])); $t =~ s/[.\x{300}-\x{36f}\p{Cf}]//g;
	$t =~ s/[^\p{L}\p{N}\p{M}]+/ /g; $t =~ s/^ | $//g;
		return join '', map { $plain{$_} // $_ } split //, $t }
my @shipped = map { [map { utf8::decode(my $t = $_);
	$t } @$_] } $w->{db}->sql(
		'SELECT kind, word, label, id, language FROM api_label WHERE source_id = 0',
		'tenant1');
cmp_ok(scalar @shipped, '>', 2500, 'words are shipped');
is_deeply([grep { word($_->[2]) ne $_->[1] } @shipped], [], 'each stands under its own form');
is_deeply([sort { $a cmp $b } keys %{
	{ map { $_->[4] => 1 } grep { $_->[0] eq 'PurchaseStatus' } @shipped } }],
		[qw(de en es fr it nl pl pt)], 'states in eight languages');
for my $kind (qw(PurchaseStatus Civility Gender Country)) {
	is(one("SELECT COUNT(*) FROM api_label l LEFT JOIN $kind k ON k.${kind}Id = l.id WHERE "
		. "l.kind = '$kind' AND k.${kind}Id IS NULL"), 0, "each $kind is a row");
}
is($w->value("SELECT COUNT(*) FROM api_label WHERE kind = 'Country' AND word = 'wielka brytania' "
	. "AND id = 'GBR'"), 1, 'a country in Polish');

# What Magento's own language packs call the states of orders.
my %packs = (
	1 => ['Pending', 'Pending Payment', 'Payment Review', 'On Hold', 'Suspected Fraud',
		'En attente', 'En attente de paiement', 'Bloquée', 'Fraude suspectée',
		'Vérification du paiement', 'Ausstehend', 'Ausstehende Zahlung',
		'In Wartestellung', 'Betrugsverdacht', 'Zahlungsprüfung', 'Pendiente',
		'Pago pendiente', 'En espera', 'Sospechas de acto fraudulento', 'Revisión de pago',
		'In attesa', 'Pagamento in attesa', 'In sospeso', 'Sospetta frode',
		'Rivedi Pagamento', 'In afwachting', 'In afwachting van de betaling',
		'Wordt vastgehouden', 'Verdacht van fraude', 'Betalingscontrole', 'Pendente',
		'Pagamento pendente', 'Em espera', 'Suspeita de fraude', 'Rever Pagamento',
		'Revisão de pagamento', 'Oczekujący', 'Oczekuje na płatność', 'Wstrzymano',
		'Podejrzenie oszustwa', 'Przeglad płatności', 'pending', 'pending_payment',
		'payment_review', 'holded', 'fraud', 'new'],
	3 => ['Processing', 'En cours de traitement', 'En cours', 'Traitement', 'Verarbeitung',
		'Procesando', 'In elaborazione', 'Bezig met verwerken', 'Em processamento',
		'Processando', 'Przetwarzam', 'processing'],
	5 => ['Complete', 'Terminée', 'Vollständig', 'Completo', 'Completato', 'Voltooid',
		'Concluído', 'Finalizado', 'Zakończone', 'complete'],
	8 => ['Closed', 'Fermée', 'Fermé', 'Geschlossen', 'Cerrado', 'Chiuso', 'gesloten',
		'Fechado', 'Zamknięty', 'closed'],
	9 => ['Canceled', 'Annulée', 'Storniert', 'Cancelado', 'Cancellato', 'Geannuleerd',
		'Cancelada', 'Anulowane', 'canceled'],
);
my %wanted;
for my $id (sort keys %packs) {
	for my $label (@{ $packs{$id} }) {
		my $key = 'p' . keys %wanted;
		$wanted{$key} = "$label: $id";
		$w->queue('Magento/StatusCommand/Update',
			{ ExternalKey => { PurchaseIdentifier => $key },
				PurchaseStatus => $label });
	}
}
is_deeply([grep { $_->{outcome} ne 'done' || @{ $_->{remarks} } } $w->take], [],
	'all are taken without a remark');
my %got = map { $_->[0] => do { utf8::decode(my $label = $_->[1]);
	"$label: $_->[2]" } } $w->{db}->sql("SELECT PurchaseIdentifier, FreeField2, "
		. "COALESCE(PurchaseStatusId, 'none') FROM PurchaseHeader", 'tenant1');
is_deeply(\%got, \%wanted, 'each is the state that it is');
for my $label ('EN_COURS', ' en  cours ', 'En-Cours', "En\x{a0}cours", NFD('Expédiée'),
	'EXPEDIEE', 'expédiée', 'PARTIALLY_SHIPPED', 'Zakonczone', 'zapłacono') {
	my ($o, $r) = order($label);
	is_deeply([status($o) ne 'NULL', said($r)], [1, ''], "however it is written: $label");
}

# ---------------------------------------------------------------- labels that nobody knows

my ($paid, $r) = order('Chez le transporteur', PurchaseTypeId => 1);
is(status($paid), 'NULL', 'a label that nobody knows gives no status');
is(said($r), 'PurchaseStatus left out: "Chez le transporteur" is no PurchaseStatus that is known; '
	. 'customerapi label set tells what it means.', 'the receipt names it');
is(one("SELECT FreeField2 FROM PurchaseHeader WHERE PurchaseIdentifier = '$paid'"),
	'Chez le transporteur', 'and it is kept as it was sent');
my $receipt = $w->queue('Magento/StatusCommand/Update',
	{ ExternalKey => { PurchaseIdentifier => 'x1' }, PurchaseStatus => 'En préparation' });
$w->take;
my $shown = $w->request('GET', "/ProcessManagement/Connector/Standard/Receipt/C1/A1/$receipt",
	undef, 'X-Crm360Api-Token' => 'hook-canary', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
like(join(' ', @{ $shown->{json}{Remarks} // [] }), qr/"En préparation" is no PurchaseStatus/,
	'by the API') or diag($shown->{content});
my $text = $w->admin("queue show $receipt");
utf8::decode($text);
like($text, qr/"En préparation" is no PurchaseStatus/, 'and on the command line');
my $known = order('processing');
my %later = (ExternalKey => { PurchaseIdentifier => $known },
	PurchaseStatusDate => '2026-11-01T00:00:00Z');
$w->sql("UPDATE PurchaseHeader SET PurchaseStatusDate = '2026-10-01' WHERE PurchaseIdentifier = "
	. "'$known'");
is($w->post('Magento/StatusCommand/Update',
	{ %later, PurchaseStatus => 'Chez le transporteur' })->{outcome}, 'done',
	'a known state, then one that nobody knows');
is(one("SELECT PurchaseStatusId, FreeField2, PurchaseStatusDate FROM PurchaseHeader WHERE "
	. "PurchaseIdentifier = '$known'"), '3|Chez le transporteur|2026-11-01 00:00:00.000000',
	'the known one stays');
order('Klar zum Verladen', ExternalKey => { PurchaseIdentifier => $known },
	PurchaseTypeId => 'ORDER_PAID');
is(status($known), 3, 'whichever body brings it');
my $lines = order('processing',
	Details => [map { { ExternalKey => { Identifier => $_ }, PurchaseStatus => 'INVOICED' } } 1,
		2]);
(undef, $r) = order('processing', ExternalKey => { PurchaseIdentifier => $lines },
	Details => [map { { ExternalKey => { Identifier => $_ }, PurchaseStatus => 'Emballé' } } 1,
		2]);
is_deeply($w->rows("SELECT d.PurchaseStatusId FROM PurchaseDetail d JOIN PurchaseHeader p USING "
	. "(PurchaseHeaderId) WHERE p.PurchaseIdentifier = '$lines'"), [3, 3],
	'so do those of lines');
is(said($r), 'PurchaseStatus of a line left out: "Emballé" is no PurchaseStatus that is known; '
	. 'customerapi label set tells what it means.', 'which are told once');

# ---------------------------------------------------------------- what counts, and what is left out

$w->sql('DELETE FROM PurchaseDetail; DELETE FROM PurchaseHeader');
order('En cours', PurchaseTypeId => 1);
order('Chez le transporteur', PurchaseTypeId => 1);
order(undef, PurchaseTypeId => 1);
order('pending',
	PurchaseTypeId => 1);					# not paid as far as anybody knows
order('Chez le transporteur', PurchaseTypeId => 'ORDER_UNPAID') for 1 .. 3;
order('En préparation', PurchaseTypeId => 2);
order(undef, PurchaseTypeId => 2);
order(undef, PurchaseTypeId => 'ORDER_CART');
sub process {
	my ($name) = @_;
	$w->{s}->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, "
		. "not_before, exclusive, created_at, result, log_tail) VALUES (1, '$name', '{}', "
			. "2, 1, '2026-01-01', 'purchases', '2026-01-01', '', '')");
	my $id = $w->{s}->value('SELECT MAX(run_id) FROM api_run');
	for (1 .. 600) {
		my ($run) = $w->{s}->sql("SELECT state, HEX(result), HEX(log_tail) FROM api_run "
			. "WHERE run_id = $id AND state > 2");
		return { state => $run->[0], log => do { utf8::decode(my $t = pack 'H*', $run->[2]);
			$t }, %{ JSON::PP->new->utf8->decode(pack('H*', $run->[1]) || '{}') } }
				if $run;
		sleep 0.1;
	}
	die "$name did not end";
}
is(process('ComputeRefAmounts')->{state}, 3, 'reference amounts');
my $run = process('RefreshDecisionalData');
is($run->{state}, 4, 'decision tables: a warning') or diag(explain($run));
is_deeply([@$run{qw(Purchases WithoutStatus UnknownStatuses)}],
	[3, 5, '"Chez le transporteur" (3), "En préparation" (1), none (1)'],
	'how many purchases are left out for want of a status, and how they were sent');
my $left = '"Chez le transporteur" (3), "En préparation" (1), none (1); '
	. 'customerapi label set tells';
my $helps = 'in later deliveries; those stored get it when they are delivered again, or '
	. 'PurchaseStatusId by Standard/PurchaseHeader/Update';
like($run->{log}, qr/left out: 5 purchases .*\Q$left\E .* \Q$helps\E/,
	'the log says it, and what helps');
is(one('SELECT SUM(Purchases), SUM(RefAmount) FROM DecisionMonth'), '3|1500.0000',
	'what is paid counts, whatever its label');

$w->sql("UPDATE PurchaseHeader SET ContactId = 1; INSERT INTO Contact (ContactId, CreationDate, "
	. "ModificationDate) VALUES (1, '2026-01-01', '2026-01-01')");
$w->admin('points set-rule C1 A1 1 --from 2026-01-01');
my $earned = process('EarnPoints');
is($earned->{Earned}, 1500, 'and earns points') or diag(explain($earned));

# ---------------------------------------------------------------- what an admin sets

my %head = ('X-Crm360Api-Token' => 'label-canary', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
sub api { my ($method, $path, $body, %o) = @_;
	return $w->request($method, "/ProcessManagement/Labels$path", $body, %head, %o) }
sub table { return [map { "$_->{SourceId} $_->{Kind} $_->{Label}=$_->{Id} [$_->{Word}]" } @{
	api('GET', $_[0] // '')->{json}{Labels} }] }

my $set = $w->admin('label set C1 A1 --source-id 1 --kind PurchaseStatus --label "Chez le '
	. 'transporteur" --id 6');
like($set,
	qr/From now on "Chez le transporteur" of Source 1 is PurchaseStatus 6; it is compared as "chez le transporteur"/,
	'label set says what it did');
is(status(scalar order('CHEZ LE TRANSPORTEUR')), 6, 'and it is so');
# What is stored: each way that the log names.
my @stored = map { $_->[0] } $w->{db}->sql("SELECT PurchaseIdentifier FROM PurchaseHeader WHERE "
	. "FreeField2 = 'Chez le transporteur' AND PurchaseStatusId IS NULL AND SourceId = 1 "
		. "ORDER BY PurchaseHeaderId", 'tenant1');
cmp_ok(scalar @stored, '>=', 2, 'what is stored keeps its want of a status');
order('Chez le transporteur', ExternalKey => { PurchaseIdentifier => $stored[0] });
is(status($stored[0]), 6, 'until it is delivered again');
$r = $w->post('Standard/PurchaseHeader/Update', { PurchaseIdentifier => $stored[1], SourceId => 1,
	PurchaseStatusId => 6 });
is_deeply([$r->{outcome}, status($stored[1])], ['done', 6], 'or the status is set')
	or diag($r->{reason});
my (undef, $theirs) = order('Chez le transporteur', source => 2,
	ExternalKey => { PurchaseIdentifier => 'o-two' });
is_deeply([one("SELECT COALESCE(PurchaseStatusId, 'none') FROM PurchaseHeader WHERE "
	. "PurchaseIdentifier = 'o-two'"), scalar @{ $theirs->{remarks} }], ['none', 1],
	'for that Source alone');
$r = api('POST', '', { SourceId => 1, Kind => 'purchasestatus', Label => 'En préparation',
	Id => '3' });
is($r->{status}, 200, 'by the API') or diag($r->{content});
is_deeply($r->{json}, { SourceId => 1, Kind => 'PurchaseStatus', Label => 'En préparation',
	Word => 'en preparation', Id => '3' }, 'which answers with it');
is(status(scalar order('En preparation')), 3, 'and it is so');
is(api('POST', '', { SourceId => 1, Kind => 'PurchaseStatus', Label => 'EN PREPARATION',
	Id => '5' })->{status}, 200, 'the same word again');
is(status(scalar order('en préparation')), 5, 'has another meaning then');
$w->sql("INSERT INTO PurchaseStatus (PurchaseStatusId, Label, Accountable, CreationDate, "
	. "ModificationDate) VALUES (50, 'Ramassé', 1, '2026-01-01', '2026-01-01');
	INSERT INTO PurchaseStatusTranslation (PurchaseStatusId, LanguageId, Label, CreationDate,
		ModificationDate) VALUES (50, 'deu', 'Abgeholt', '2026-01-01', '2026-01-01')");
is(status(scalar order('RAMASSE')), 50, 'the tenant\'s own table has a word');
is(status(scalar order('abgeholt')), 50, 'and a translation');
is(api('POST', '', { SourceId => 1, Kind => 'PurchaseStatus', Label => 'Ramassé',
	Id => '5' })->{status}, 200, 'set for the Source it is another');
is(status(scalar order('Ramassé')), 5, 'and that counts there');
order('Ramassé', source => 2, ExternalKey => { PurchaseIdentifier => 'o-three' });
is(status('o-three'), 50, 'elsewhere the table\'s does');
is(api('POST', '', { SourceId => 1, Kind => 'Country', Label => 'Zuhause', Id => 'DEU' })->{status},
	200, 'a country');
is(api('POST', '', { SourceId => 1, Kind => 'Flag', Label => 'Klar!', Id => '1' })->{status}, 200,
	'a yes');
is_deeply(table(), ['1 Country Zuhause=DEU [zuhause]', '1 Flag Klar!=1 [klar]',
	'1 PurchaseStatus Chez le transporteur=6 [chez le transporteur]',
	'1 PurchaseStatus EN PREPARATION=5 [en preparation]',
	'1 PurchaseStatus Ramassé=5 [ramasse]'], 'the list');
is_deeply(table('?SourceId=2'), [], 'of one Source');
is_deeply(table('?Kind=Flag'), ['1 Flag Klar!=1 [klar]'], 'of one kind');
is_deeply([map { [@$_{qw(Id Language)}] } grep { $_->{Word} eq 'en cours' } @{ api('GET',
	'?SourceId=0&Kind=PurchaseStatus&After=en%20co&Limit=5')->{json}{Labels} }], [['3', 'fr']],
	'those that are shipped, by pages');
like($w->admin('label list C1 A1 --shipped --kind Gender'), qr/Weiblich/,
	'on the command line, too');

# Faults, all at once.
$r = api('POST', '', { SourceId => 9, Kind => 'PurchaseStatus', Label => '…', Id => '77' });
is_deeply([$r->{status}, sort map { "$_->{field} $_->{message}" } @{ $r->{json}{errors} }],
	[400, 'Id is no PurchaseStatusId of the tenant', 'Label must have a letter or a digit',
		'SourceId names no Source of the tenant'], 'what cannot be');
is(api('POST', '', { SourceId => 1, Kind => 'Country', Label => 'x', Id => 'fra' })->{status}, 400,
	'a country that is none');
is(api('POST', '', { SourceId => 1, Kind => 'Flag', Label => 'x',
	Id => '2' })->{json}{errors}[0]{message}, 'must be 1 (yes) or 0 (no)',
	'a flag that is neither');
is(api('POST', '', { SourceId => 1, Kind => 'Colour', Label => 'x', Id => '1' })->{status}, 400,
	'a kind that is none');
is(api('GET', '', undef, 'X-Crm360Api-Token' => 'hook-canary')->{status}, 403,
	'not without the right');
is(api('GET', '', undef, 'X-Crm360Api-Token' => 'no-such-canary')->{status}, 401,
	'nor without a token');
is(eval { $w->admin('label set C1 A1 --source-id 9 --kind Gender --label x --id 7') }, undef,
	'the command line refuses it');
like($@, qr/SourceId: names no Source of the tenant\n.*\bId: is no GenderId of the tenant\n/,
	'with the same words');
is(eval { $w->admin('label remove C1 A1 --source-id 1 --kind Gender --label x') }, undef,
	'and what is not there');
like($@, qr/Source 1 has no such label of the kind Gender/, 'by name');
is($w->request('GET', '/ProcessManagement/Labels', undef, %head, 'X-Crm360Api-CustomerName' => 'C2',
	'X-Crm360Api-DatabaseAlias' => 'A2')->{status}, 401, 'another tenant\'s are not seen');

is(api('DELETE', '/1/PurchaseStatus/en%20pr%C3%A9paration')->{status}, 204, 'removed');
is(api('DELETE', '/1/PurchaseStatus/en%20preparation')->{status}, 404, 'and gone');
is(api('DELETE', '/1/PurchaseStatus/processing')->{status}, 404, 'what is shipped stays');
like($w->admin(
	'label remove C1 A1 --source-id 1 --kind PurchaseStatus --label "chez LE transporteur"'),
	qr/removed/, 'on the command line');
is(status(scalar order('Chez le transporteur')), 'NULL', 'and it is unknown again');

# ---------------------------------------------------------------- civility and gender

my $someone = 0;
for my $case (['Female', 'NULL|2'], ['Femme', 'NULL|2'], ['Male', 'NULL|1'], ['Weiblich', 'NULL|2'],
	['Kobieta', 'NULL|2'], ['Mężczyzna', 'NULL|1'], ['Mme', '2|2'], ['M.', '1|1'],
	['Herr', '1|1'], ['Frau', '2|2'], ['Sra.', '2|2'],
	['Sig.ra', '2|2'], ['Mlle', '3|2'], ['Dhr.', '1|1'], ['Pani', '2|2'],
	['Not Specified', 'NULL|0'], ['Société', '4|NULL'], ['Mr', '1|1'],
	['Gender neutral', 'NULL|NULL'], [undef, 'NULL|NULL']) {
	my $r = $w->post('Magento/Contact/Insert',
		{ Identifiers => [{ Identifier => 'g' . ++$someone }], Civility => $case->[0] });
	is(one("SELECT CivilityId, GenderId FROM Contact JOIN ContactIdentifier USING (ContactId) "
		. "WHERE Identifier = 'g$someone'"), $case->[1],
		'civility and gender by ' . ($case->[0] // 'nothing'));
}
for my $case (['Femme', '1|2|NULL'], ['Mystery', '1|2|Mystery'], ['Herr', '1|1|NULL'],
	[{}, '1|1|NULL'], [undef, 'NULL|NULL|NULL']) {
	$w->post('Magento/Contact/Update', { Identifiers => [{ Identifier => 'g2' }],
		Civility => $case->[0] }) if ref $case->[0] || $case->[1] ne '1|2|NULL';
	$w->post('Magento/Contact/Update', { Identifiers => [{ Identifier => 'g2' }],
		Civility => $_ }) for $case->[1] eq '1|2|NULL' ? ('Mr', 'Femme') : ();
	is(one("SELECT CivilityId, GenderId, FreeField2 FROM Contact JOIN ContactIdentifier USING "
		. "(ContactId) WHERE Identifier = 'g2'"), $case->[1],
		'then ' . (defined $case->[0] ? ref $case->[0] ? 'no text' : $case->[0]
			: 'nothing'));
}

# ---------------------------------------------------------------- countries

my $place = 0;
for my $case (['FRA', 'FRA'], ['fr', 'FRA'], ['France', 'FRA'], ['Deutschland', 'DEU'],
	['ALLEMAGNE', 'DEU'], ['Alemania', 'DEU'], ['Niemcy', 'DEU'], ['Duitsland', 'DEU'],
	['Alemanha', 'DEU'], ['Germania', 'DEU'], ['Großbritannien', 'GBR'],
	['UK', 'GBR'], ['U.S.A.', 'USA'], ['États-Unis', 'USA'], ['Pays-Bas', 'NLD'],
	['Holland', 'NLD'], ["Côte d\x{2019}Ivoire", 'CIV'], ["Cote d'Ivoire", 'CIV'],
	['España', 'ESP'], ['Szwajcaria', 'CHE'], ['Brasil', 'BRA'], ['Russia', 'RUS'],
	['Zuhause', 'DEU'], ['Atlantis', 'NULL']) {
	my $r = $w->post('Magento/Contact/Insert',
		{ Identifiers => [{ Identifier => 'l' . ++$place }],
			Addresses => [{ CountryId => $case->[0], MobilePhoneCountryId => $case->[0],
				City => 'X' }] });
	is(one("SELECT CountryId FROM Address JOIN ContactIdentifier USING (ContactId) WHERE "
		. "Identifier = 'l$place'"), $case->[1], "the country $case->[0]");
}
my $moved = $w->post('Magento/Contact/Update', { Identifiers => [{ Identifier => 'l1' }],
	Addresses => [{ CountryId => 'Atlantis', City => 'Y' }] });
is(one("SELECT CountryId, City FROM Address JOIN ContactIdentifier USING (ContactId) WHERE "
	. "Identifier = 'l1'"), 'FRA|Y', 'one that nobody knows changes none');
is(said($moved), 'Addresses[0].CountryId left out: "Atlantis" is no Country that is known; '
	. 'customerapi label set tells what it means.', 'and is told');

# Adictiz and Shopify read words by the same lists.
for my $case (['Frau', 'Österreich', 'ja', '2|2|AUT|1'],
	['Sr.', 'Países Bajos', 'no', '1|1|NLD|0'], ['Pan', 'Polska', 'tak', '1|1|POL|1'],
	['Captain', 'Atlantis', 'perhaps', 'NULL|NULL|NULL|NULL'],
	['Mme', 'Zuhause', 'KLAR', '2|2|DEU|1']) {
	my $r = $w->post('Adictiz/CampaignParticipation/Add',
		{ event_type => 'FormSubscribe',
			data => { operation_id => 'c1', user_id => 'u' . ++$place,
				identifier => "a$place", civility => $case->[0],
				country => $case->[1], newsletter => $case->[2] } });
	is(one("SELECT c.CivilityId, c.GenderId, a.CountryId, a.EmailOptin FROM Contact c JOIN "
		. "ContactIdentifier i USING (ContactId) JOIN Address a USING (ContactId) WHERE "
			. "i.Identifier = 'a$place'"), $case->[3],
			"a form: $case->[0], $case->[1], $case->[2]");
	is(scalar @{ $r->{remarks} }, $case->[0] eq 'Captain' ? 3 : 0,
		'what is not understood is told');
}
my %shopify = (id => 99, first_name => 'A', updated_at => '2026-11-01T00:00:00Z',
	created_at => '2026-11-01T00:00:00Z');
for my $case ([{ country_code => 'BE', country => 'Belgium' }, 'BEL', 0],
	[{ country_code => 'ZZ', city => 'Z' }, 'BEL', 1],
	[{ country_code => undef, country => 'Danmark' }, 'BEL', 1],
	[{ country_code => undef, country => 'Italia' }, 'ITA', 0],
	[{ country_code => undef, country => undef }, 'NULL', 0]) {
	my $r = $w->post('Shopify/Customer/Update', { %shopify, default_address => $case->[0] });
	is(one("SELECT CountryId FROM Address JOIN ContactIdentifier USING (ContactId) WHERE "
		. "Identifier = '99'"), $case->[1], 'Shopify: ' . World::encoded($case->[0]))
		or diag("$r->{outcome} $r->{reason}");
	is(scalar @{ $r->{remarks} }, $case->[2], 'and what is told');
}

unlike($w->traces, qr/canary/, 'no token is written down');
is($w->{s}->stop, 0, 'the daemon ends well');
done_testing();

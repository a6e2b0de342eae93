# Every table and column that could hold something of a person has been thought of: export and
# erasure (model/entity_person.h, entity_beside.h, person_trace.h) reach it, or it is said here why
# they need not.
# When this fails: does the new table or column say anything of a contact? Then make it be reached,
# and add it to t/46-privacy.t if that does not find it by itself. Else add it here.
use strict;
use warnings;
use Test::More;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db);	# all migrations, of registry and tenant, in each database

# Tables of the model, from the entity table; who refers to a contact, directly or through others.
my (%entity, %personal);
for (split /\n/, `$ENV{BUILDDIR}/t/c/person_probe`) {
	my ($entity, $column, $refers) = (split / /)[0, 4, 8];
	$entity{$entity}{$column} = $refers;
}
$personal{Contact} = 1;
for (my $more = 1; $more;) {
	$more = 0;
	for my $e (grep { !$personal{$_} } keys %entity) {
		$more = $personal{$e} = 1 if grep { $personal{$_} } values %{ $entity{$e} };
	}
}

# Entities that are nobody's: what is sold, asked, offered, and words for it. A shop's address is
# the shop's.
my %nobodys = map { $_ => 1 } qw(Brand BrandTranslation CaseCategory CaseState CaseStateTranslation
	Civility ContactAddressType ContactInterestCategory ContactInterestCategoryTranslation
	ContactLinkType
	ContactLinkTypeTranslation ContactState ContactType ContactTypeTranslation Country Currency
	EmailState Gender HomePhoneState Language LoyaltyCardType LoyaltyPointType
	LoyaltyPointTypeTranslation
	MaritalStatus MarketingAction MarketingExecution MobilePhoneState Nationality
	PostalAddressState PurchaseGood PurchaseGoodCategory PurchaseGoodCategoryTranslation
	PurchaseGoodType
	PurchaseGoodTypeTranslation PurchaseStatus PurchaseStatusTranslation PurchaseType
	PurchaseTypeTranslation Segmentation SegmentType Source SourceTranslation SourceType Store
	Title VoucherCategory
	VoucherCategoryTranslation VoucherState VoucherType VoucherTypeTranslation Zone
	ZoneTranslation);

# Of tables beside the model, each column of text or bytes, or whose name sounds like a person.
# trace: person_trace.c looks at it, and the erasure empties it with the row. random: made by the
# program. hash: cannot be read back without what it was made of. words: the program's own.
# number: of other things than contacts, or a count. setting: what an admin typed about machines,
# staff and shops. masked: letters and digits replaced. goods: what is sold. record: of a request
# about a person; a keyed hash, and sealed while it is open.
my %decided = (
	api_alias => { setting => [qw(name database_name socket host db_user db_password_sealed
		reference_currency time_zone admin_email)], random => ['database_uid'],
		number => ['address_type_id'] },
	api_applied_receipt => { random => ['receipt'] },
	api_attempt => { trace => [qw(reason remarks)],
		words => [qw(worker outcome reason_class)] },
	api_clock => { random => ['boot_id'] },
	api_code => { setting => ['code'] },			# who used it is in api_code_use
	api_code_attempt => { hash => ['subject'] },
	api_code_campaign => { setting => [qw(name label)], number => ['contact_uses'] },
	api_code_stage => { setting => ['code'] },
	api_connection => { setting => [qw(name kind address time_zone options secrets
		secret_names)], words => [qw(last_failure test_failure)],
		number => ['address_type_id'] },
	api_contact_lock => { hash => ['hash'] },	# and no row outlives its transaction
	api_correction => { words => ['correction'] },
	api_cursor => { setting => [qw(connection resource scope about)], random => ['worker'],
		number => ['pass_id'] },
	api_customer => { setting => [qw(name label)] },
	api_erased => { hash => ['hash'] },
	api_export => { setting => ['plan'], hash => ['hash'] },
	# what an erased row was named, sealed until the next file says that it is gone
	api_export_gone => { record => ['sealed'] },
	# accepted and rejected rows are in files, not here; a name is that of a file
	api_import => { setting => [qw(connection name)], hash => ['sha256'], random => ['worker'],
		words => [qw(counts reason)] },
	api_label => { setting => [qw(kind word id language label)] },
	api_lease => { random => [qw(slot lease)], words => ['leased_by'], number => ['ids'] },
	api_login_attempt => { hash => ['subject'] },
	api_mail => { trace => [qw(subject content reason)], random => [qw(header_id lease)],
		number => ['mail_id'] },
	api_mail_allow => { setting => ['pattern'] },
	api_mail_recipient => { trace => [qw(address reply)], number => ['mail_id'] },
	api_message => { trace => [qw(email uri headers body reason remarks event_id ordering_key)],
		random => [qw(receipt lease)], hash => [qw(dedup_key body_hash)],
		words => [qw(platform entity action method leased_by reason_class)],
		number => [qw(address_type_id limits room)] },
	api_owner => { setting => [qw(customer alias)],
		random => [qw(database_uid registry_uid probe)] },
	api_privacy => { record => [qw(request receipt subject_hash subject_sealed requested_by
		counts)] },
	api_process_state => { words => [qw(process detail)] },
	# who was refused is no contact of a tenant; the address leaves with its row, after 30 days
	# at the latest
	api_refusal => { hash => ['fingerprint'], words => [qw(cause method path note)],
		random => ['request_id'], number => ['client'] },
	api_registry => { random => ['registry_uid'] },
	api_run => { trace => [qw(parameters result reason log_tail)], random => ['lease'],
		words => [qw(process exclusive busy_exclusive worker phase reason_class)],
		setting => [qw(cancel_by created_by)] },
	api_request_key => { hash => [qw(key_hash request_hash)], words => ['etag'],
		setting => ['reply'] },	# of schedules and runs alone
	api_schedule => { setting => [qw(form name label rule parameters time_zone on_failure
		created_by)], words => [qw(process tzdata fault)] },
	api_schema => { words => [qw(scope title)] },
	api_seen => { masked => ['payload'], words => [qw(action error)] },
	api_session => { random => ['session_hash'] },
	api_source => { setting => [qw(label scheme sig_header sig_hash sig_encoding sig_prefix
		shop_domain open_ips may_write zones brands)], hash => ['key_hash'] },
	api_source_secret => { setting => ['sealed'] },
	api_tick => { words => ['kind'] },
	api_token => { hash => ['token_hash'], setting => [qw(label rights)] },
	api_user => { setting => [qw(login rights allow_ips)], hash => ['password_hash'] },
	CurrencyRate => { setting => ['CurrencyId'] },
	DecisionCohort => { number => [qw(ActiveContacts CohortContacts)] },
	DecisionContactability => { words => [qw(Channel Optin)],
		number => [qw(Contacts Contactable)] },
	DecisionState => { setting => [qw(TimeZone ReferenceCurrencyId)], number => ['Contacts'] },
);
$decided{"${_}Next"} = $decided{$_} for qw(DecisionCohort DecisionContactability
	DecisionState);	# the tables that take their place
my %found;
for ($db->sql("SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE "
	. "TABLE_SCHEMA = 'customerapi'", 'customerapi')) {
	my ($table, $column, $type) = @$_;
	$found{$table}{$column} = $type =~ /char|text|blob|binary|json|inet|uuid/i
		|| $column =~ /contact|person|participant|customer_?name|mail|phone|birth|address
			|drupal|client|(?:^|_)ips?$/ix;
}
cmp_ok(scalar keys %found, '>', 100, 'tables: ' . keys %found);

my %beside;
for my $table (sort keys %found) {
	if ($entity{$table}) {
		ok(!$personal{$table} == !!$nobodys{$table},
			"$table refers to a contact, or is said to be nobody's");
		is_deeply([grep { !exists $entity{$table}{$_}
			&& !/^(?:CreationDate|ModificationDate)$/ } sort keys %{ $found{$table} }],
				[], "$table has no column that the entity table does not know");
	} elsif (grep { /^(?:ContactId|contact_id)$/ } keys %{ $found{$table} }) {
		$beside{$table} = 1;
	} else {
		my %said = map { $_ => 1 } map { @$_ } values %{ $decided{$table} // {} };
		is_deeply([grep { $found{$table}{$_} && !$said{$_} } sort keys %{ $found{$table} }],
			[], "$table: it was decided what its columns are");
		is_deeply([grep { !exists $found{$table}{$_} } sort keys %said], [],
			"$table: what was decided is there");
	}
}
is_deeply([grep { !$found{$_} } sort keys %nobodys, keys %decided], [],
	'every table that was decided on is there');
ok($beside{$_}, "$_ is found by its contact's number") for qw(DecisionContact DecisionContactNext
	DecisionWorkPurchase api_code_use api_idempotency);

done_testing();

# RefreshDecisionalData through the daemon: every table against what is computed here another way,
# months of the tenant's zone, what does not count, dry run, an empty tenant,
# runs that are killed, readers during the exchange.
use strict;
use warnings;
use IPC::Open2;
use JSON::PP;
use POSIX qw(floor strftime tzset);
use Test::More;
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_RUN_SLOTS => 1);
$s->tenant(1, reference_currency => "'EUR'", time_zone => "'Europe/Paris'");
$s->tenant(2, reference_currency => "'EUR'", time_zone => "'America/New_York'");
my $t = sub { $db->sql($_[0], 'tenant1') };
my @tables = qw(DecisionState DecisionContact DecisionMonth DecisionContactability DecisionCohort);
$ENV{TZ} = 'Europe/Paris';
tzset();
srand 58;

# ------------------------------------------------------------------ the data
my $noon = 1835438400;		# 2028-02-29 12:00 UTC: a year before has no such day
my $midnight = 1835479800;	# 2028-02-29 23:30 UTC: in Paris it is March already
my $utc = sub { strftime('%Y-%m-%d %H:%M:%S', gmtime $_[0]) };
my $pick = sub { $_[rand @_] };
my $q = sub { defined $_[0] ? "'$_[0]'" : 'NULL' };
my $put = sub {
	my ($table, $columns, @rows) = @_;
	while (my @some = splice @rows, 0, 2000) {
		$t->("INSERT INTO $table ($columns, CreationDate, ModificationDate) VALUES "
			. join ',', map { '(' . join(',', map { $q->($_) } @$_)
				. ", '2026-01-01', '2026-01-01')" } @some);
	}
};
my %contact;
for my $id (map { 3 * $_ + int rand 3 } 1 .. 2500) {
	$contact{$id} = { id => $id, zone => $pick->(undef, 1 .. 3),
		optin => $pick->(undef, undef, 0, 1, 1, 1), state => $pick->(undef, 1, 1, 1, 2, 3,
			4), deleted => rand() < 0.05 ? 1 : 0 };
}
my @ids = sort { $a <=> $b } keys %contact;
$put->('Contact', 'ContactId, ZoneId, GlobalOptin, ContactStateId, DeletionFlag',
	map { [@{ $contact{$_} }{qw(id zone optin state deleted)}] } @ids);

my %value = (Email => 'a@b.example', MobilePhone => '+33600000000', HomePhone => '+33100000000',
	Address => '1 rue X');
my @channels = sort keys %value;
my @addresses;
for my $id (@ids) {
	for my $brand (1, 2) {
		for my $type (grep { rand() < 0.5 } 1 .. 3) {
			my %a = (contact => $id, brand => $brand, type => $type,
				deleted => rand() < 0.05 ? 1 : 0);
			$a{$_} = { value => rand() < 0.7 ? $value{$_} : $pick->(undef, ''),
				optin => $pick->(undef, 0, 1, 1), state => $pick->(undef, 1 .. 4) }
				for @channels;
			push @addresses, \%a;
		}
	}
}
$put->('Address',
	'ContactId, BrandId, ContactAddressTypeId, DeletionFlag, Email, EmailOptin, EmailStateId, '
		. 'MobilePhoneNumber, MobilePhoneOptin, MobilePhoneStateId, HomePhoneNumber,
	HomePhoneOptin, HomePhoneStateId, Address4, AddressOptin, AddressStateId', map { my $a = $_;
		[@$a{qw(contact brand type deleted)}, map { @{ $a->{$_} }{qw(value optin state)} }
	qw(Email MobilePhone HomePhone Address)] } @addresses);

# Rates and amounts of two digits each: reference amounts are exact.
my %rate = (EUR => 100, USD => 91, GBP => 117, CHF => 105);
$put->('CurrencyRate', 'CurrencyId, ValidFrom, Rate',
	map { [$_, '2000-01-01', $rate{$_} / 100] } qw(USD GBP CHF));
my @favoured = map { $ids[rand @ids] } 1 .. 900;
my (@purchases, @details);
my @edges = map { my $m = $_;
	map { POSIX::mktime(0, 0, 0, 1, $m % 12, 126 + int $m / 12) + $_ } -3601, -1800, -1, 0,
		1 } 0 .. 25;
for my $id (1 .. 9000) {
	my $date = $id <= 2 * @edges ? $edges[$id % @edges] : $noon - int rand 40 * 30 * 86400;
	my %p = (id => $id, contact => $pick->(undef, 1 + int rand 20000, $ids[rand @ids],
		(map { $favoured[int @favoured * rand() ** 3] } 1 .. 6)),
		brand => $pick->(undef, 1, 2),
		zone => $pick->(undef, 1 .. 3), store => $pick->(undef, 1 .. 4),
		source => $pick->(1 .. 3), status => $pick->(undef, 1 .. 10, 3, 3, 5, 5, 99),
		date => $date,
		currency => $pick->(qw(EUR EUR EUR USD GBP CHF SEK)),
		cents => rand() < 0.03 ? undef : (rand() < 0.05 ? -1 : 1) * int rand 30000,
		deleted => rand() < 0.05 ? 1 : 0);
	$p{date} = $pick->(undef, -62135596800 + 86400, $midnight + 1 + int rand 1e6)
		if $id % 71 == 0;
	$p{date} = $purchases[-1]{date} if $id % 50 == 0;	# two at one instant
	$p{type} = (undef, 1, 2, 3)[$id % 4];
	$p{label} = ('En cours', 'Verschickt', undef, 'mail a\@b.example', 'no. 123456')[$id % 5]
		if !defined $p{status} || $p{status} == 99;
	push @purchases, \%p;
	push @details, { id => scalar(@details) + 1, purchase => $id,
		tenths => $pick->(undef, map { 5 * $_ } 1 .. 8),
		status => $pick->(undef, undef, 3, 9, 99), deleted => rand() < 0.1 ? 1 : 0 }
		for 1 .. int rand 4;
}
my $money = sub { my ($n) = @_; return undef if !defined $n;
	return sprintf '%s%d.%04d', $n < 0 ? '-' : '', abs($n) / 10000, abs($n) % 10000 };
my $date_of = sub { my ($e) = @_;
	return !defined $e ? undef : $e < -60000000000 ? '0001-01-02' : $utc->($e) };
$put->('PurchaseHeader', 'PurchaseHeaderId, PurchaseIdentifier, ContactId, BrandId, ZoneId, '
	. 'StoreId, SourceId, PurchaseStatusId, PurchaseTypeId, FreeField2, PurchaseDate, '
		. 'CurrencyId, Amount, DeletionFlag',
	map { [$_->{id}, "p$_->{id}", @$_{qw(contact brand zone store source status type label)},
		$date_of->($_->{date}), $_->{currency},
		$money->(defined $_->{cents} ? $_->{cents} * 100 : undef),
		$_->{deleted}] } @purchases);
$put->('PurchaseDetail',
	'PurchaseDetailId, Identifier, PurchaseHeaderId, Quantity, PurchaseStatusId, DeletionFlag',
	map { [$_->{id}, "d$_->{id}", $_->{purchase}, defined $_->{tenths} ? $_->{tenths} / 10
		: undef, @$_{qw(status deleted)}] } @details);

my @points = map { { id => $_, contact => rand() < 0.6 ? $ids[rand @ids] : undef,
	tenths => int(rand 2000) - 500, deleted => rand() < 0.05 ? 1 : 0,
	expires => $pick->(undef, undef, $noon - 86400, $noon + 3600, $noon + 1e6) } } 1 .. 2000;
$put->('LoyaltyPoint', 'LoyaltyPointId, PointIdentifier, SourceId, ContactId, PointAmount, '
	. 'ExpiredDatePoint, DeletionFlag',
	map { [$_->{id}, "l$_->{id}", 1, $_->{contact}, $_->{tenths} / 10,
		$date_of->($_->{expires}), $_->{deleted}] } @points);

# ------------------------------------------------------------------ the right answer
my %accountable = map { $_ => 1 } 3 .. 7;
my $month_of = sub { strftime('%Y-%m-01', localtime $_[0]) };
my $next_month = sub { my ($y, $m) = $_[0] =~ /^(\d+)-(\d+)/;
	return sprintf '%04d-%02d-01', $m == 12 ? ($y + 1, 1) : ($y, $m + 1) };
my $number = sub { my ($a, $b) = map { /^(\d+)-(\d+)/; $1 * 12 + $2 } @_; return $b - $a };
my $line = sub { return join '|', map { defined $_ ? $_ : 'NULL' } @_ };

sub right_answer {
	my ($now, $cohort_months) = @_;
	my %r = map { $_ => [] } @tables;
	my @today = localtime $now;
	my %since;
	for my $years (1, 2) {
		my $day = $today[4] == 1 && $today[3] == 29 ? 28 : $today[3];
		$since{$years} = POSIX::mktime(0, 0, 0, $day, $today[4], $today[5] - $years);
	}
	my (%of, %quantity, @counting, %left_out);
	for my $d (grep { !$_->{deleted} && defined $_->{tenths}
		&& (!defined $_->{status} || $accountable{$_->{status}}) } @details) {
		$quantity{$d->{purchase}} += $d->{tenths};
	}
	for my $p (grep { !$_->{deleted} } @purchases) {
		my $known = ($p->{status} // 99) != 99;
		my $who = defined $p->{contact} && $contact{$p->{contact}}
			&& !$contact{$p->{contact}}{deleted} ? $p->{contact}
				: undef;	# of one who is gone: a sale of nobody known
		next if $known && !$accountable{ $p->{status} };
		if (!$known && ($p->{type} // 0) != 1) {	# of carts nobody asks for one
			my $counts = defined $p->{date} && $p->{date} > -60000000000
				&& $p->{date} <= $now && ($p->{type} // 0) != 3;
			$r{labels}{ $p->{label} // '' }++ if $counts;
			$left_out{status} += $counts;
			next;
		}
		if (!defined $p->{date} || $p->{date} < -60000000000) { $left_out{undated}++; next }
		if ($p->{date} > $now) { $left_out{future}++; next }
		my %c = (%$p, contact => $who, month => $month_of->($p->{date}),
			amount => defined $p->{cents} && $rate{$p->{currency}}
			? $p->{cents} * $rate{$p->{currency}} : undef,
				quantity => 1000 * ($quantity{$p->{id}} // 0));
		push @counting, \%c;
		push @{ $of{$who} }, \%c if defined $who;
	}
	@$_ = sort { $a->{date} <=> $b->{date} || $a->{id} <=> $b->{id} } @$_ for values %of;
	$_->[0]{first} = 1 for values %of;
	$r{left_out} = \%left_out;
	$r{unpriced} = grep { !defined $_->{amount} } @counting;
	$r{amountless} = grep { !defined $_->{cents} } @counting;
	$r{purchases} = @counting;

	# contacts
	my (%points, %opt, %c);
	for my $l (grep { !$_->{deleted} && defined $_->{contact} } @points) {
		$points{$l->{contact}} += $l->{tenths};
	}
	for my $a (grep { !$_->{deleted} } @addresses) {
		for my $channel (grep { ($a->{$_}{value} // '') ne ''
			&& defined $a->{$_}{optin} } @channels) {
			my $o = \$opt{$a->{contact}}{$channel};
			$$o = $a->{$channel}{optin} if !defined $$o || $a->{$channel}{optin} > $$o;
		}
	}
	my @all = map { $contact{$_} } grep { !$contact{$_}{deleted} } @ids;
	for my $k (map { $_->{id} } @all) {
		my @mine = @{ $of{$k} // [] };
		my %x = (count => scalar(@mine),
			priced => scalar(grep { defined $_->{amount} } @mine),
			last => @mine ? $mine[-1]{date} : undef);
		for my $years (0, 1, 2) {
			my @some = grep { !$years || $_->{date} >= $since{$years} } @mine;
			$x{"count$years"} = @some;
			$x{"amount$years"} = 0;
			$x{"amount$years"} += $_->{amount} // 0 for @some;
		}
		$x{quantity} = 0;
		$x{quantity} += $_->{quantity} for @mine;
		$c{$k} = \%x;
	}
	my @buyers = grep { $c{$_}{count} } keys %c;
	for my $by (qw(last count amount0)) {
		my ($below, $place, $before) = (0, 0, undef);
		for my $k (sort { $c{$a}{$by} <=> $c{$b}{$by} } @buyers) {
			$below = $place if !defined $before || $c{$k}{$by} != $before;
			$before = $c{$k}{$by};
			$c{$k}{"q$by"} = 1 + floor(5 * $below / @buyers);
			$place++;
		}
	}
	for my $k (map { $_->{id} } @all) {
		my $x = $c{$k};
		my $first = $of{$k} ? $of{$k}[0] : undef;
		my ($R, $F, $M) = @$x{qw(qlast qcount qamount0)};
		my $segment = !$x->{count} ? 'NoPurchase' : $R >= 4 && $F >= 4 && $M >= 4
			? 'Champion' : $R >= 3 && $F >= 4 ? 'Loyal' : $R >= 3 && $M >= 4
			? 'BigSpender' : $R >= 4 && $x->{count} == 1 ? 'New'
			: $R >= 3 ? 'Regular' : $F >= 4 || $M >= 4 ? 'AtRisk' : $R == 2 ? 'Sleeping'
			: 'Lost';
		my $basket;
		if ($x->{priced}) {
			my $n = abs $x->{amount0};
			$basket = ($x->{amount0} < 0 ? -1
				: 1) * floor((2 * $n + $x->{priced}) / (2 * $x->{priced}));
		}
		my @when = $first ? ($utc->($first->{date}) . '.000000',
			$utc->($x->{last}) . '.000000', $first->{month}) : (undef, undef, undef);
		push @{ $r{DecisionContact} }, $line->($k, $contact{$k}{zone}, @when,
			@$x{qw(count count1 count2)}, $x->{count} - $x->{priced},
			(map { $x->{count} ? $money->($_) : undef } @$x{qw(quantity amount0 amount1
				amount2)}), $money->($basket), $R, $F, $M, $segment,
				$money->(1000 * ($points{$k} // 0)), $contact{$k}{optin},
			map { $opt{$k}{$_} } qw(Email MobilePhone HomePhone Address));
	}

	# months
	my %cell;
	for my $p (@counting) {
		my $e = $cell{join '|', $p->{month},
			map { $p->{$_} // 0 } qw(brand zone store source)} //= { who => {}, n => 0,
			unpriced => 0, quantity => 0, amount => 0, new => 0 };
		$e->{n}++;
		$e->{unpriced}++ if !defined $p->{amount};
		$e->{quantity} += $p->{quantity};
		$e->{amount} += $p->{amount} // 0;
		$e->{who}{$p->{contact}} = 1 if defined $p->{contact};
		$e->{new}++ if $p->{first};
	}
	for my $key (keys %cell) {
		my $e = $cell{$key};
		my $who = keys %{ $e->{who} };
		push @{ $r{DecisionMonth} },
			$line->($key, @$e{qw(n unpriced)}, $money->($e->{quantity}),
				$money->($e->{amount}), $who, $e->{new}, $who - $e->{new});
	}

	# contactability
	my (%reach, %sum);
	for my $a (sort { $a->{type} <=> $b->{type} } grep { !$_->{deleted}
		&& !$contact{$_->{contact}}{deleted} } @addresses) {
		for my $channel (grep { ($a->{$_}{value} // '') ne '' } @channels) {
			my $e = $reach{"$channel|$a->{brand}|$a->{contact}"} //= {
				state => $a->{$channel}{state} // 0, optin => undef };
			my $o = $a->{$channel}{optin};
			$e->{optin} = $o if defined $o
				&& (!defined $e->{optin} || $o < $e->{optin});
		}
	}
	for my $key (keys %reach) {
		my ($channel, $brand, $k) = split /\|/, $key;
		my ($e, $who) = ($reach{$key}, $contact{$k});
		my $said = !defined $e->{optin} ? 'Unknown' : $e->{optin} ? 'Yes' : 'No';
		my $may = $said eq 'Yes' && ($who->{optin} // 1) && ($who->{state} // 1) <= 2
			&& $e->{state} <= 2;
		my $sum = $sum{$line->($channel, $brand, $who->{zone} // 0, $said,
			$e->{state})} //= [0, 0];
		$sum->[0]++;
		$sum->[1]++ if $may;
	}
	$r{DecisionContactability} = [map { $line->($_, @{ $sum{$_} }) } keys %sum];

	# cohorts
	my $current = $month_of->($now);
	my (%cohort, %size);
	for my $k (keys %of) {
		my $start = $of{$k}[0]{month};
		next if $number->($start, $current) >= $cohort_months;
		$size{$start}++;
		for my $p (@{ $of{$k} }) {
			my $e = $cohort{$start}{$p->{month}} //= { who => {}, n => 0, amount => 0 };
			$e->{who}{$k} = 1;
			$e->{n}++;
			$e->{amount} += $p->{amount} // 0;
		}
	}
	for my $start (keys %size) {
		for (my $m = $start; $m le $current; $m = $next_month->($m)) {
			my $e = $cohort{$start}{$m} // { who => {}, n => 0, amount => 0 };
			my $who = keys %{ $e->{who} };
			push @{ $r{DecisionCohort} }, $line->($start, $m, $number->($start, $m),
				$size{$start}, $who,
				sprintf('%.6f', floor($who * 1e6 / $size{$start} + 0.5) / 1e6),
				$e->{n}, $money->($e->{amount}));
		}
	}
	$r{DecisionState} = [$line->(1, $now, 'Europe/Paris', 'EUR', scalar(@all),
		scalar(@counting))];
	return \%r;
}

# ------------------------------------------------------------------ runs
my $wait_over = sub { $s->sql("UPDATE api_run SET lease_until = '2026-01-01' WHERE state = 2") };
my $insert = sub {
	my ($process, $tenant, %p) = @_;
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "exclusive, created_at, result, log_tail) VALUES ($tenant, '$process', '"
		. encode_json(\%p) . "', 2, 1, '2026-01-01', 'purchases', '2026-01-01', '', '')");
	return $s->value('SELECT MAX(run_id) FROM api_run');
};
my $result = sub {
	my ($id) = @_;
	my ($r) = $s->sql("SELECT state, HEX(result), reason, phase, log_tail FROM api_run WHERE "
		. "run_id = $id");
	return { State => $r->[0], Reason => $r->[2], Phase => $r->[3], Log => $r->[4],
		%{ decode_json(pack('H*', $r->[1]) || '{}') } };
};
my $run = sub {
	my ($process, $tenant, %p) = @_;
	my $id = $insert->($process, $tenant, %p);
	is($s->once, 0, 'a round');
	return $result->($id);
};
my $at = sub { $s->set(CUSTOMERAPI_CLOCK_OFFSET => int($_[0] - time)) };
my $refresh = sub { return $run->('RefreshDecisionalData', 1, ChunkRows => 400, @_) };
my %columns;
my $content = sub {
	my ($table, $database) = @_;
	$columns{$table} //= join ', ',
		map { $_->[0] eq 'AsOf' ? 'FLOOR(UNIX_TIMESTAMP(AsOf))'
			: $_->[0] } $db->sql(
				"SELECT column_name FROM information_schema.columns WHERE "
					. "table_schema = 'tenant1'
		AND table_name = '$table' AND column_name NOT IN ('CreationDate',
			'ModificationDate') ORDER BY ordinal_position");
	return [sort map { join '|',
		@$_ } $db->sql("SET time_zone = '+00:00'; SELECT $columns{$table} FROM $table",
		$database // 'tenant1')];
};
my $same = sub {
	my ($table, $want) = @_;
	my $have = $content->($table);
	my %have = map { $_ => 1 } @$have;
	my %want = map { $_ => 1 } @$want;
	my @more = grep { !$want{$_} } @$have;
	my @less = sort grep { !$have{$_} } @$want;
	ok(!@more && !@less && @$have == @$want, "$table: " . @$want . ' rows')
		or diag(map { "$_\n" } "has " . @$have, (map { "  $_" } splice @more, 0, 5), 'not',
			map { "  $_" } splice @less, 0, 5);
};
my $all_right = sub {
	my ($r, $months) = @_;
	my ($now) = map {
		$_->[0] } $t->("SET time_zone = '+00:00'; SELECT FLOOR(UNIX_TIMESTAMP(AsOf)) FROM "
			. "DecisionState");
	my $right = right_answer($now, $months);
	$same->($_, $right->{$_}) for @tables;
	is_deeply([@$r{qw(Contacts Purchases WithoutRefAmount WithoutAmount WithoutRate TooLarge
		NotComputed WithoutDate LaterThanNow WithoutStatus)}],
		[scalar @{ $right->{DecisionContact} },
		@$right{qw(purchases unpriced amountless)},
		$right->{unpriced} - $right->{amountless}, 0, 0,
		@{ $right->{left_out} }{qw(undated future status)}], 'the run says how many');
	my %said = ('En cours' => '"En cours"', Verschickt => '"Verschickt"', '' => 'none');
	my %labels;
	$labels{ $said{$_} // '"(no label)"' } += $right->{labels}{$_}
		for keys %{ $right->{labels} };
	is_deeply([sort split /, /, $r->{UnknownStatuses}],
		[sort map { "$_ ($labels{$_})" } keys %labels],
		'and how those without a status were sent');
	return $right;
};

# A table and the one it is exchanged with are the same.
for my $table (@tables) {
	my ($one, $twin) = map { my $n = $_;
		join '', map { $_->[1] =~ s/\Q$n\E//r } $t->("SHOW CREATE TABLE $n") } $table,
			"${table}Next";
	is($twin, $one, "$table: its twin");
}

# an empty tenant
$at->($noon);
is($run->('RefreshDecisionalData', 2)->{State}, 3, 'an empty tenant: success');
is($db->value("SELECT CONCAT_WS(' ', TimeZone, Contacts, Purchases) FROM DecisionState", 'tenant2'),
	'America/New_York 0 0', 'and its state');
is($db->value("SELECT COUNT(*) FROM $_", 'tenant2'), 0, "$_: nothing") for @tables[1 .. 4];

# New and returning customers of a cell: who makes the first purchase of all in it is new there,
# whoever else buys in it returns, be it on the same day. New ones add up.
my @few = ([11, 1, 1, '2028-01-05', 10], [11, 1, 1, '2028-01-06', 10], [11, 2, 1, '2028-01-06', 10],
	[11, 1, 1, '2028-02-01 12:00', 10], [12, 2, 1, '2028-02-02', 10],
	[12, 2, 2, '2028-02-02', 10], [undef, 2, 2, '2028-02-03', 10]);
my $two = sub { return $db->sql($_[0], 'tenant2') };
$two->("INSERT INTO Contact (ContactId, CreationDate, ModificationDate) VALUES (11, '2026-01-01', "
	. "'2026-01-01'), (12, '2026-01-01', '2026-01-01'); INSERT INTO PurchaseHeader "
		. "(PurchaseIdentifier, SourceId, PurchaseStatusId,
	CurrencyId, ContactId, StoreId, BrandId, PurchaseDate, Amount, CreationDate,
		ModificationDate) VALUES " . join ',', map { my $n = $_; "('f$n', 1, 3, 'EUR',
		" . join(',', map { $q->($_) } @{ $few[$n] })
	. ", '2026-01-01', '2026-01-01')" } 0 .. $#few);
my $few = $run->('RefreshDecisionalData', 2);
is_deeply([@$few{qw(State Purchases WithoutRefAmount NotComputed)}], [4, 7, 7, 7],
	'reference amounts that are not computed yet: a warning');
like($few->{Log},
	qr/ 7 purchases have no reference amount yet, so amounts are too low: ComputeRefAmounts computes it/,
	'that says what helps');
is_deeply([map { "@$_" } $two->('SELECT Month, StoreId, BrandId, Purchases, Customers, '
	. 'NewCustomers, ReturningCustomers FROM DecisionMonth ORDER BY 1, 2, 3')],
	['2028-01-01 1 1 2 1 1 0', '2028-01-01 2 1 1 1 0 1',
	'2028-02-01 1 1 1 1 0 1', '2028-02-01 2 1 1 1 1 0', '2028-02-01 2 2 2 1 0 1'],
	'new and returning customers by cell');

# Why purchases have no reference amount: only what can be mended is a warning, each with what mends
# it.
is($run->('ComputeRefAmounts', 2)->{State}, 3, 'computed');
$few = $run->('RefreshDecisionalData', 2);
is_deeply([@$few{qw(State WithoutRefAmount)}], [3, 0], 'and all is fine');
my $change = sub { $two->("UPDATE PurchaseHeader SET $_[0], ModificationDate = '2028-03-01' WHERE "
	. "PurchaseIdentifier = '$_[1]'") };
$change->('Amount = NULL', 'f0');
is($run->('ComputeRefAmounts', 2)->{State}, 3, 'a purchase without amount: nothing to compute');
$few = $run->('RefreshDecisionalData', 2);
is_deeply([@$few{qw(State WithoutRefAmount WithoutAmount)}], [3, 1, 1], 'nor to warn of');
like($few->{Log}, qr/ 1 purchase has no amount\b/, 'but it is said');
$two->("INSERT INTO CurrencyRate VALUES ('KWD', '2028-02-01', 999999999999, '2028-03-01', "
	. "'2028-03-01')");
$change->("CurrencyId = 'KWD'", 'f1');				# before its rate
$change->("CurrencyId = 'KWD', Amount = 2000", 'f3');
is($run->('ComputeRefAmounts', 2)->{State}, 4, 'an amount without rate, one beyond the column');
for my $dry (JSON::PP::true, JSON::PP::false) {
	$few = $run->('RefreshDecisionalData', 2, DryRun => $dry);
	is_deeply([@$few{qw(State WithoutRefAmount WithoutAmount WithoutRate TooLarge
		NotComputed)}], [4, 3, 1, 1, 1, 0], 'each is told apart');
	my $low = '1 purchase has no reference amount, so amounts are too low: at that date the '
		. 'currency has no rate; customerapi rate sets it, then ComputeRefAmounts computes '
		. 'it';
	like($few->{Log}, qr/$low/, 'a rate is to be set');
	like($few->{Log},
		qr/1 purchase has an amount whose reference amount no column holds: the amount or its rate is wrong/,
		'an amount is to be looked at');
	unlike($few->{Log}, qr/yet/, 'and nothing to be computed alone');
}
$s->sql("UPDATE api_alias SET reference_currency = '' WHERE alias_id = 2");
like($run->('RefreshDecisionalData', 2)->{Log},
	qr/no rate; customerapi alias set gives the tenant a reference currency, then customerapi rate/,
	'a tenant without reference currency: that comes first');

# a dry run
is($run->('ComputeRefAmounts', 1)->{State}, 4, 'reference amounts, but for SEK');
my $dry = $refresh->(DryRun => JSON::PP::true);
is($db->value("SELECT COUNT(*) FROM $_", 'tenant1'), 0, "a dry run: $_ stays empty") for @tables,
	'DecisionWorkPurchase', 'DecisionWorkContact', 'DecisionWorkAddress', 'DecisionContactNext';

# all is right
my $first = $refresh->();
is($first->{State}, 4, 'purchases without reference amount: a warning') or diag($first->{Reason});
is_deeply([@$dry{qw(State Contacts Purchases WithoutRefAmount WithoutDate LaterThanNow)}],
	[@$first{qw(State Contacts Purchases WithoutRefAmount WithoutDate LaterThanNow)}],
	'the dry run said so');
is($first->{Phase}, 'exchange', 'progress says where it was');
like($first->{Log},
	qr{ $first->{WithoutRate} purchases have no reference amount, so amounts are too low: at that date the currency has no rate},
	'and the log what is missing');
like($first->{Log}, qr{ $first->{WithoutAmount} purchases have no amount\b}, 'or what has none');
is($dry->{Log} =~ s/ would be worked in//r =~ s/ +[\d.]+ s //gr,
	$first->{Log} =~ s/ +[\d.]+ s  the tables are exchanged\\n//r =~ s/ +[\d.]+ s //gr,
	'the dry run said the same');
my $right = $all_right->($first, 36);
my %segments = map { (split /\|/)[17] => 1 } @{ $right->{DecisionContact} };
is(scalar keys %segments, 9, 'each segment is there') or diag(join ' ', sort keys %segments);
ok((grep { /\|2027-03-01\|/ } @{ $right->{DecisionCohort} })
	&& (grep { (split /\|/)[4] == 0 } @{ $right->{DecisionCohort} }),
	'months in which nobody of a cohort bought as well');
my %before = map { $_ => $content->($_) } @tables[1 .. 4];
is_deeply([@{ $refresh->(ChunkRows => 177) }{qw(Contacts Purchases)}],
	[@$first{qw(Contacts Purchases)}], 'again, in other chunks');
is_deeply($content->($_), $before{$_}, "$_: the same") for @tables[1 .. 4];
is($db->value("SELECT COUNT(*) FROM $_", 'tenant1'), 0, "$_ is left empty")
	for map({ "${_}Next" } @tables),
	map { "DecisionWork$_" } qw(Purchase Month Contact Address);

# the next day has come, in the tenant's zone only; another zone, and fewer cohorts
$at->($midnight);
$all_right->($refresh->(CohortMonths => 2), 2);
is($db->value('SELECT MAX(Month) FROM DecisionCohort', 'tenant1'), '2028-03-01',
	'March has begun in Paris');

# ------------------------------------------------------------------ killed at every point: the
# tables in use are whole, the next run is right
my $flag = $s->dir . '/crash';
for my $point (qw(decisional-copy decisional-purchases decisional-contacts decisional-before-swap
	decisional-after-swap)) {
	my $old = $db->value('SELECT AsOf FROM DecisionState', 'tenant1');
	$s->set(CUSTOMERAPI_TEST_CRASH_AT => $point);
	$insert->('RefreshDecisionalData', 1, ChunkRows => 400);
	isnt($s->once & 127, 0, "$point: killed");
	delete $s->{env}{CUSTOMERAPI_TEST_CRASH_AT};
	my $new = $db->value('SELECT AsOf FROM DecisionState', 'tenant1');
	is($new gt $old ? 'new' : $new eq $old ? 'old' : '?', $point eq 'decisional-after-swap'
		? 'new' : 'old', "$point: which tables are in use");
	my $want = right_answer(
		$db->value("SET time_zone = '+00:00'; SELECT FLOOR(UNIX_TIMESTAMP(AsOf)) FROM "
			. "DecisionState", 'tenant1'), 36);
	$same->('DecisionMonth', $want->{DecisionMonth});
	$wait_over->();
	is($s->once, 0, "$point: lost");
	is($s->value('SELECT COUNT(*) FROM api_run WHERE state = 1 AND retry_of IS NOT NULL'), 1,
		"$point: to be tried again");
	$s->sql("UPDATE api_run SET not_before = '2026-01-01' WHERE state = 1");
	is($s->once, 0, "$point: tried again");
	is($s->value("SELECT state FROM api_run WHERE retry_of IS NOT NULL ORDER BY run_id DESC "
		. "LIMIT 1"), 4, "$point: and done");
	is($db->value('SELECT COUNT(*) FROM DecisionContactNext',
		'tenant1') + $db->value('SELECT COUNT(*) FROM DecisionWorkPurchase', 'tenant1'), 0,
		"$point: what the dead one left is gone");
}

# ------------------------------------------------------------------ readers
# One statement over all tables, again and again, while runs are made, killed and made again: it
# always fits together.
my $look = 'SELECT s.Contacts - (SELECT COUNT(*) FROM DecisionContact), s.Purchases - (SELECT '
	. 'SUM(Purchases) FROM DecisionMonth), (SELECT SUM(NewCustomers) FROM DecisionMonth)
	- (SELECT COUNT(*) FROM DecisionContact WHERE PurchaseCount > 0), (SELECT COUNT(*) FROM '
		. 'DecisionCohort WHERE CohortContacts = 0), (SELECT SUM(AsOf <> CreationDate) '
			. 'FROM DecisionState)
	+ (SELECT COUNT(DISTINCT c.CreationDate) - 1 FROM DecisionState s2 JOIN DecisionContact c)
		FROM DecisionState s';
pipe my $from, my $to or die $!;
my $reader = fork // die $!;
if (!$reader) {
	my ($n, %bad) = (0);
	my $over = 0;
	$SIG{TERM} = sub { $over = 1 };
	while (!$over) {
		my ($row) = eval { $db->sql($look, 'tenant1') };
		my $seen = defined $row ? "@$row" : $@ =~ /ERROR (1213|1412)/ ? next : $@;
		$bad{$seen}++ if $seen ne '0 0 0 0 0';
		$n++;
	}
	print $to encode_json({ n => $n, bad => \%bad });
	close $to;
	POSIX::_exit(0);
}
close $to;
for my $round (1 .. 10) {
	$insert->('RefreshDecisionalData', 1, ChunkRows => 300);
	my $pid = $s->spawn($s->dir . '/log', '--once');
	if ($round % 2) {	# killed somewhere
		sleep 0.2 + rand 2.5;
		my @children = split ' ', do { open my $f, '<', "/proc/$pid/task/$pid/children";
			<$f> // '' };
		kill 'KILL', $pid, @children;
	}
	waitpid $pid, 0;
	$wait_over->();
	$s->sql("UPDATE api_run SET state = 7 WHERE state IN (1, 2)");
	$s->sql('UPDATE api_run SET busy_exclusive = NULL');
}
kill 'TERM', $reader;
my $seen = decode_json(do { local $/; <$from> });
waitpid $reader, 0;
cmp_ok($seen->{n}, '>', 20, 'a reader has looked often');
is_deeply($seen->{bad}, {}, 'and never seen half');
is($refresh->()->{State}, 4, 'after all of it a run');
$same->($_, $before{$_}) for 'DecisionContactability';

# A session of the mariadb client: what is sent to it is done at once; an answer is waited for by a
# marker.
sub session {
	my $pid = open2(my $out, my $in, "mariadb --no-defaults --socket=@{[$db->socket]} -u root "
		. "--batch --skip-column-names --unbuffered --force tenant1 2>&1");
	return { pid => $pid, out => $out, in => $in, n => 0 };
}
sub ask {
	my ($c, $sql) = @_;
	my $mark = 'mark' . ++$c->{n};
	print { $c->{in} } "$sql;\nSELECT '$mark';\n";
	$c->{in}->flush;
	my $text = '';
	while (defined(my $l = readline $c->{out})) {
		last if $l eq "$mark\n";
		$text .= $l;
	}
	return $text;
}
# Contacts that come, go and change while their purchases are being copied: all tables speak of
# those that were there at first.
my ($holder, $snapshot) = (session(), session());
my ($gone) = grep { defined $_->{contact} && $contact{$_->{contact}}
	&& !$contact{$_->{contact}}{deleted} && $accountable{$_->{status} // 0} && !$_->{deleted}
		&& $_->{id} > 8000 && ($_->{date} // 0) > 0 && $_->{date} < $noon } @purchases;
my ($back) = grep { $contact{$_}{deleted} } @ids;
my ($changed) = grep { !$_->{deleted} && !$contact{$_->{contact}}{deleted}
	&& ($_->{Email}{value} // '') ne '' && ($_->{Email}{optin} // 0)
		&& ($contact{$_->{contact}}{state} // 1) < 3
	&& ($contact{$_->{contact}}{optin} // 1) && ($contact{$_->{contact}}{zone} // 0) != 3
	&& $_->{contact} != $gone->{contact} } @addresses;
for my $try (1 .. 5) {
	$insert->('RefreshDecisionalData', 1, ChunkRows => 100);
	my $pid = $s->spawn($s->dir . '/log', '--once');
	my $end = time + 60;
	sleep 0.005 while ask($holder, 'SELECT COUNT(*) FROM DecisionWorkPurchase') == 0
		&& time < $end;
	ask($holder, 'LOCK TABLES DecisionWorkMonth WRITE');
	last if $db->value(
		'SELECT COUNT(*) FROM DecisionWorkPurchase WHERE PurchaseHeaderId > 8000',
		'tenant1') == 0;
	ask($holder, 'UNLOCK TABLES');		# too late, its table was full
	waitpid $pid, 0;
}
is($db->value('SELECT COUNT(*) FROM DecisionWorkPurchase WHERE PurchaseHeaderId > 8000', 'tenant1'),
	0, 'a run is among the purchases');
$t->("UPDATE Contact SET DeletionFlag = 1 WHERE ContactId = $gone->{contact}; UPDATE Contact SET "
	. "DeletionFlag = 0 WHERE ContactId = $back;
	UPDATE Contact SET ZoneId = 3, ContactStateId = 4, GlobalOptin = 0 WHERE ContactId = "
		. "$changed->{contact}; UPDATE Address SET EmailOptin = 0, DeletionFlag = 1 WHERE "
			. "ContactId = $changed->{contact};
	INSERT INTO Contact (ContactId, CreationDate, ModificationDate) VALUES (99999, "
		. "'2026-01-01', '2026-01-01'); INSERT INTO PurchaseHeader (PurchaseHeaderId, "
			. "PurchaseIdentifier, SourceId, ContactId,
	PurchaseStatusId, PurchaseDate, CreationDate, ModificationDate)
		VALUES (8999999, 'late', 1, 99999, 3, '2028-01-01', '2026-01-01', '2026-01-01')");
ask($holder, 'UNLOCK TABLES');
is(waitpid(-1, 0) > 0 && $s->value('SELECT state FROM api_run ORDER BY run_id DESC LIMIT 1'), 4,
	'and comes to its end');
$all_right->($result->($s->value('SELECT MAX(run_id) FROM api_run')), 36);
$t->("DELETE FROM Contact WHERE ContactId = 99999; DELETE FROM PurchaseHeader WHERE "
	. "PurchaseHeaderId = 8999999");

# Its snapshot is of a moment when a table that is built was filled in part; after the exchange it
# would find that part under the table's name.
$insert->('RefreshDecisionalData', 1, ChunkRows => 300);
my $pid = $s->spawn($s->dir . '/log', '--once');
my $end = time + 60;
sleep 0.01 while !$db->value('SELECT COUNT(*) FROM DecisionContactNext', 'tenant1') && time < $end;
ask($holder, 'LOCK TABLES DecisionWorkMonth WRITE');
sleep 0.05 while !$db->value('SELECT COUNT(*) FROM DecisionCohortNext', 'tenant1') && time < $end;
$end = time + 60;
sleep 0.05 while !$db->value("SELECT COUNT(*) FROM information_schema.processlist WHERE state "
	. "LIKE 'Waiting for table metadata lock%' AND info LIKE 'INSERT INTO DecisionCohortNext%'")
	&& time < $end;
ask($snapshot,
	'SET tx_isolation = \'REPEATABLE-READ\'; START TRANSACTION WITH CONSISTENT SNAPSHOT');
my $part = $db->value('SELECT COUNT(*) FROM DecisionCohortNext', 'tenant1');
ask($holder, 'UNLOCK TABLES');
waitpid $pid, 0;
my $full = $db->value('SELECT COUNT(*) FROM DecisionCohort', 'tenant1');
cmp_ok($part, '<', $full, 'a snapshot of a half-built time');
# Told to by error 1412 as long as the server remembers when the table was made; when it has
# forgotten, the rows of the rebuilt table are all to be seen.
like(ask($snapshot, 'SELECT COUNT(*) FROM DecisionCohort'), qr/^(?:ERROR 1412 .*|$full)$/m,
	'is told to begin again, or sees all');
is(ask($snapshot, 'ROLLBACK; SELECT COUNT(*) FROM DecisionCohort') + 0,
	$db->value('SELECT COUNT(*) FROM DecisionCohort', 'tenant1'), 'and then sees all');

# A reader that keeps a table open is waited for; others are let through in between.
ask($snapshot, 'START TRANSACTION; SELECT COUNT(*) FROM DecisionMonth');
$insert->('RefreshDecisionalData', 1, ChunkRows => 300);
$pid = $s->spawn($s->dir . '/log', '--once');
$end = time + 60;
sleep 0.05 while !$db->value(
	"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'RENAME TABLE%'")
	&& time < $end;
ok($db->value('SELECT COUNT(*) FROM DecisionMonth', 'tenant1') > 0,
	'another reader is let through');
ask($snapshot, 'COMMIT');
waitpid $pid, 0;
is($s->value('SELECT state FROM api_run ORDER BY run_id DESC LIMIT 1'), 4,
	'and the exchange is made when it has ended');

# The database still works on an earlier run's last statement: no other begins.
ask($holder, "SELECT GET_LOCK('customerapi.decisional.tenant1', 1)");
my $refused = $refresh->();
is($refused->{State}, 5, 'a dead run that is still at work in the database');
like($refused->{Reason}, qr/still at work on the decision tables for an earlier run/, 'is said');
for my $c ($holder, $snapshot) {
	close $c->{in};
	waitpid $c->{pid}, 0;
}

done_testing();

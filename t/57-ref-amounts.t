# ComputeRefAmounts through the daemon: exact amounts, half to even, rates by date, what changed
# only, missing rates, dry run, a run that is held, disturbed and killed in its middle; the
# right answer is computed here.
use strict;
use warnings;
use JSON::PP;
use Math::BigInt;
use Test::More;
use MariaDB;
use Rival;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1);
$s->tenant($_, reference_currency => "'EUR'") for 1, 2;
my $t = sub { $db->sql($_[0], 'tenant1') };
srand 11;

# rates: up to 12 digits behind the point
my %rates = (USD => [['2026-01-01', '0.913456789012'], ['2026-06-01', '0.85']],
	GBP => [['2025-06-01', '1.000050000000'], ['2026-03-01', '1.1']],
	JPY => [['2026-01-01', '0.006123']], CHF => [['2026-05-01', '1.05']]);
for my $c (sort keys %rates) {
	$t->("INSERT INTO CurrencyRate VALUES ('$c', '$_->[0]', $_->[1], '2026-01-01', "
		. "'2026-01-01')") for @{ $rates{$c} };
}

# Amount times rate, exact integers: 4 and 12 digits; rounded to 4, half to even.
sub reference {
	my ($amount, $currency, $date) = @_;
	return undef if !defined $amount || !defined $currency;
	return $amount if $currency eq 'EUR';
	my ($rate) = map { $_->[1] } grep { $_->[0] le $date } reverse @{ $rates{$currency} // [] };
	return undef if !defined $rate;
	my ($whole, $part) = split /\./, $rate;
	$rate = Math::BigInt->new($whole . substr(($part // '') . '0' x 12, 0, 12));
	my $digits = $amount =~ s/\.//r;
	my ($q, $r) = Math::BigInt->new($digits)->babs->bmul($rate)->bdiv(
		Math::BigInt->new(10)->bpow(12));
	my $twice = $r->copy->bmul(2)->bcmp(Math::BigInt->new(10)->bpow(12));
	$q->binc if $twice > 0 || ($twice == 0 && $q->is_odd);
	my $text = sprintf '%05s', $q->bstr;
	$text =~ s/(\d{4})$/.$1/;
	return ($digits =~ /^-/ && $text =~ /[1-9]/ ? '-' : '') . $text;
}
my $money = sub { my $n = int rand 2_000_000;
	return sprintf '%s%d.%04d', rand() < 0.1 && $n > 10000 ? '-' : '', $n / 10000, $n % 10000 };
my (@headers, @details, @vouchers);
for my $id (1 .. 1500) {
	my $currency = (qw(EUR USD GBP JPY CHF SEK))[rand 6];
	$currency = undef if $id % 97 == 0;
	push @headers, [$id, $currency, sprintf('2026-%02d-%02d', 1 + rand 9, 1 + rand 28),
		$id % 53 ? $money->() : undef, $money->(), $money->()];
	push @details, [scalar @details + 1, $id, $money->(), $money->(), $money->()]
		for 1 .. 1 + rand 3;
}
push @vouchers, [$_, (qw(EUR USD SEK))[rand 3], sprintf('2026-%02d-15', 1 + rand 9), $money->()]
	for 1 .. 300;
# Exact halves, up and down: 0.0001 * 1.5 …, by GBP 1.00005 before March: amounts of 1 give
# .00005.
$headers[$_][1] = 'GBP', $headers[$_][2] = '2026-02-01', $headers[$_][3] = ($_ % 2 ? '-' : '')
	. "$_.0000" for 10 .. 40;
# A currency of a line's discount only; and some rows are deleted.
push @headers, [1501, 'NOK', '2026-03-03', undef, undef, undef];
push @details, [scalar @details + 1, 1501, undef, undef, '1.0000'],
	[scalar @details + 2, 1501, undef, undef, undef];
my $deleted = sub { my ($row, $n) = @_; return $row->[0] % $n == 0 ? 1 : 0 };
my $q = sub { defined $_[0] ? "'$_[0]'" : 'NULL' };
my $now = "'2026-01-01'";
$t->('INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, SourceId, CurrencyId, '
	. 'PurchaseDate, Amount, TaxFreeAmount, DiscountAmount, DeletionFlag, CreationDate, '
		. 'ModificationDate) VALUES '
	. join ',', map { "($_->[0], 'p$_->[0]', 1, " . join(',', (map { $q->($_) } @$_[1 .. 5]),
		$deleted->($_, 31)) . ", $now, $now)" } @headers);
$t->('INSERT INTO PurchaseDetail (PurchaseDetailId, Identifier, PurchaseHeaderId, Amount, '
	. 'TaxFreeAmount, DiscountAmount, DeletionFlag, CreationDate, ModificationDate) VALUES '
	. join ',', map { "($_->[0], 'd$_->[0]', $_->[1], " . join(',',
		(map { $q->($_) } @$_[2 .. 4]), $deleted->($_, 29)) . ", $now, $now)" } @details);
$t->('INSERT INTO Voucher (VoucherId, VoucherIdentifier, SourceId, CurrencyId, UseDate, Amount, '
	. 'DeletionFlag, CreationDate, ModificationDate) VALUES '
	. join ',', map { "($_->[0], 'v$_->[0]', 1, " . join(',', (map { $q->($_) } @$_[1 .. 3]),
		$deleted->($_, 23)) . ", $now, $now)" } @vouchers);

my $insert = sub {
	my ($tenant, %p) = @_ % 2 ? @_ : (1, @_);
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "exclusive, created_at, result, log_tail) VALUES ($tenant, 'ComputeRefAmounts', '"
		. encode_json({ ChunkRows => 100, %p })
		. "', 2, 1, '2026-01-01', 'purchases', '2026-01-01', '', '')");
};
my $result = sub {
	my ($r) = $s->sql(
		'SELECT state, result, reason, log_tail FROM api_run ORDER BY run_id DESC LIMIT 1');
	return { State => $r->[0], Reason => $r->[2], Log => $r->[3],
		%{ decode_json($r->[1] || '{}') } };
};
my $run = sub {
	$insert->(@_);
	is($s->once, 0, 'a round');
	return $result->();
};
# A run that is held in its middle, at a purchase that another writer has locked, while something is
# done.
my $held = 1200;
my $run_held = sub {
	my ($meanwhile, @parameters) = @_;
	my $rival = Rival->new($db, 'tenant1');
	$t->("UPDATE PurchaseHeader SET ModificationDate = UTC_TIMESTAMP(6) WHERE "
		. "PurchaseHeaderId = $held");
	$rival->do('START TRANSACTION');
	$rival->do("SELECT Amount FROM PurchaseHeader WHERE PurchaseHeaderId = $held FOR UPDATE");
	$insert->(@parameters);
	my $pid = $s->spawn($s->dir . '/log', '--once');
	ok(Rival::until_waiting($db), 'a run is in its middle');
	$meanwhile->($pid, $rival);
	$rival->do('COMMIT');
	waitpid $pid, 0;
	return $result->();
};
my $rate = sub {
	my ($verb, @args) = @_;
	local %ENV = (%ENV, %{ $s->{env} });
	is(system("$ENV{BUILDDIR}/customerapi", '--quiet', 'rate', $verb, 'C1', 'A1', @args), 0,
		"rate $verb @args");
};
my $all_right = sub {
	my ($what) = @_;
	my %date = map { $_->[0] => $_ } @headers;
	my (@wrong, %got);
	my $compare = sub {
		my ($table, $key, $column, $rows, $expected) = @_;
		my %have = map { $_->[0] => $_->[1] } $t->("SELECT $key, $column FROM $table");
		for my $r (@$rows) {
			my ($have, $want) = ($have{$r->[0]}, $expected->($r));
			$have = undef if defined $have && $have eq 'NULL';
			push @wrong, "$table $r->[0] $column: " . ($have // 'NULL') . ' not '
				. ($want // 'NULL') if ($have // '') ne ($want // '');
		}
	};
	my @columns = qw(RefAmount RefTaxFreeAmount RefDiscountAmount);
	for my $i (0 .. 2) {
		$compare->('PurchaseHeader', 'PurchaseHeaderId', $columns[$i], \@headers,
			sub { reference($_[0][3 + $i], @{ $_[0] }[1, 2]) });
		$compare->('PurchaseDetail', 'PurchaseDetailId', $columns[$i], \@details,
			sub { reference($_[0][2 + $i], @{ $date{$_[0][1]} }[1, 2]) });
	}
	$compare->('Voucher', 'VoucherId', 'RefAmount', \@vouchers,
		sub { reference($_[0][3], @{ $_[0] }[1, 2]) });
	is(scalar @wrong, 0, $what) or diag(join "\n", @wrong[0 .. ($#wrong > 9 ? 9 : $#wrong)]);
};

# What has amounts and no rate: rows, first and last day.
my $missing = sub {
	my %date = map { $_->[0] => $_ } @headers;
	my %m;
	my $look = sub {
		my ($currency, $date, @amounts) = @_;
		return if !grep { defined } @amounts or defined reference('1.0000', $currency,
			$date);
		my $e = $m{$currency // ''} //= { CurrencyId => $currency, Rows => 0, From => '9',
			To => '0' };
		$e->{Rows}++;
		$date .= 'T00:00:00Z';
		$e->{From} = $date if $date lt $e->{From};
		$e->{To} = $date if $date gt $e->{To};
	};
	$look->(@$_[1 .. 5]) for grep { !$deleted->($_, 31) } @headers;
	$look->(@{ $date{$_->[1]} }[1, 2], @$_[2 .. 4])
		for grep { !$deleted->($_, 29) && !$deleted->($date{$_->[1]}, 31) } @details;
	$look->(@$_[1 .. 3]) for grep { !$deleted->($_, 23) } @vouchers;
	return [sort { $b->{Rows} <=> $a->{Rows} || ($a->{CurrencyId} // '') cmp ($b->{CurrencyId}
		// '') } values %m];
};

is(reference('1.0000', 'GBP', '2026-02-01'), '1.0000', 'half to even, down');
is(reference('3.0000', 'GBP', '2026-02-01'), '3.0002', 'half to even, up');
is(reference('-3.0000', 'GBP', '2026-02-01'), '-3.0002', 'half to even, of a negative amount');
my $dry = $run->(DryRun => JSON::PP::true);
is($db->value('SELECT COUNT(*) FROM PurchaseHeader WHERE RefAmount IS NOT NULL', 'tenant1'), 0,
	'a dry run writes nothing');
my $first = $run->();
is($first->{State}, 4, 'rates are missing: a warning');
is_deeply([@$dry{qw(Headers Details Vouchers)}], [@$first{qw(Headers Details Vouchers)}],
	'and the dry run said how many');
cmp_ok($first->{Headers}, '>', 1000, 'many rows');
$all_right->('every amount is right');
is(join(' ', sort map { $_->{CurrencyId} // 'none' } @{ $first->{MissingRates} }),
	'CHF NOK SEK none', 'the currencies without a rate are named, also one of a line only');
is_deeply($first->{MissingRates}, $missing->(),
	'with the rows that are not deleted, and their dates');
is_deeply($dry->{MissingRates}, $first->{MissingRates}, 'the dry run named them, too');
is_deeply([@$first{qw(MoreCurrencies TooLarge)}], [0, 0], 'and nothing else was wrong');
like($first->{Log}, qr/no rate for NOK: 1 row from 2026-03-03T00:00:00Z to 2026-03-03T00:00:00Z/,
	'so says the log');
is($first->{ReferenceCurrency}, 'EUR', 'and the reference currency');

my $again = $run->();
is_deeply($again->{MissingRates}, $first->{MissingRates}, 'again: the same rates are missing');
is_deeply([@$again{qw(Headers Details Vouchers)}], [0, 0, 0], 'again: nothing changes');
is_deeply([@{ $run->(Mode => 'Full') }{qw(Headers Details Vouchers)}], [0, 0, 0],
	'not even when all is looked at');

# what changed: an amount, a currency, a date, a rate
my ($a, $b, $c) = grep { defined $_->[1] && $_->[1] eq 'USD' && $_->[0] > 100 } @headers;
$a->[3] = '123.4567';
$b->[1] = 'JPY';
$c->[2] = $c->[2] ge '2026-06-01' ? '2026-02-02' : '2026-07-02';
$t->("UPDATE PurchaseHeader SET Amount = '$a->[3]', ModificationDate = UTC_TIMESTAMP(6) WHERE "
	. "PurchaseHeaderId = $a->[0]; UPDATE PurchaseHeader SET CurrencyId = 'JPY', "
		. "ModificationDate = UTC_TIMESTAMP(6)
	WHERE PurchaseHeaderId = $b->[0]; UPDATE PurchaseHeader SET PurchaseDate = '$c->[2]',
		ModificationDate = UTC_TIMESTAMP(6) WHERE PurchaseHeaderId = $c->[0]");
my $three = $run->();
is($three->{Headers}, 3, 'three purchases changed');
$all_right->('and are right, with their lines');
push @{ $rates{SEK} }, ['2026-01-01', '0.09'];
$t->("INSERT INTO CurrencyRate VALUES ('SEK', '2026-01-01', 0.09, UTC_TIMESTAMP(6), "
	. "UTC_TIMESTAMP(6))");
my $rated = $run->();
is($rated->{Headers}, scalar(grep { ($_->[1] // '') eq 'SEK' } @headers),
	'a new rate: the purchases of its currency');
$all_right->('and all is right');

# A line's amount and a voucher's currency alone; and nothing else is looked at: a wrong amount
# elsewhere stays until a full run.
my ($quiet, $whose) = grep { ($_->[1] // '') eq 'EUR' && defined $_->[3]
	&& $_->[0] > 100 } @headers;
my ($line) = grep { $_->[1] == $whose->[0] } @details;
my ($old_line) = grep { $_->[1] == $quiet->[0] } @details;
my ($voucher, $old_voucher) = grep { $_->[1] eq 'EUR' } @vouchers;
($line->[2], $voucher->[1]) = ('77.0001', 'USD');
$t->("UPDATE PurchaseHeader SET RefAmount = 1.2345 WHERE PurchaseHeaderId = $quiet->[0]; UPDATE "
	. "PurchaseDetail SET RefDiscountAmount = 1.2345 WHERE PurchaseDetailId = $old_line->[0];
	UPDATE Voucher SET RefAmount = 1.2345 WHERE VoucherId = $old_voucher->[0]; UPDATE "
		. "PurchaseDetail SET Amount = '$line->[2]', ModificationDate = UTC_TIMESTAMP(6) "
			. "WHERE PurchaseDetailId = $line->[0];
	UPDATE Voucher SET CurrencyId = 'USD', ModificationDate = UTC_TIMESTAMP(6)
		WHERE VoucherId = $voucher->[0]");
is_deeply([@{ $run->() }{qw(Headers Details Vouchers)}], [0, 1, 1],
	'a line and a voucher, and nothing that did not change');
is_deeply([@{ $run->(Mode => 'Full') }{qw(Headers Details Vouchers)}], [1, 1, 1],
	'a full run looks at all');
$all_right->('and mends it');

# In the middle of a run: what is done is committed, and neither it nor what comes is locked.
my $forget = 'UPDATE PurchaseHeader SET RefAmount = NULL, RefTaxFreeAmount = NULL, '
	. 'RefDiscountAmount = NULL';
my $with_amount = 'SELECT COUNT(*) FROM PurchaseHeader WHERE COALESCE(RefAmount, '
	. 'RefTaxFreeAmount, RefDiscountAmount) IS NOT NULL';
my $all = $db->value($with_amount, 'tenant1');
my $locked = sub {
	my ($id) = @_;
	return eval { $t->("SET innodb_lock_wait_timeout = 1; UPDATE PurchaseHeader SET StoreId = "
		. "1 WHERE PurchaseHeaderId = $id"); 0 } // ($@ =~ /ERROR 1205/ ? 1 : $@);
};
my $done;
$t->($forget);
my $whole = $run_held->(sub {
	$done = $db->value($with_amount, 'tenant1');
	ok($s->until_is('purchase headers 1100 1501', "SELECT CONCAT_WS(' ', phase, done, total) "
		. "FROM api_run ORDER BY run_id DESC LIMIT 1", 10), 'progress says where it is');
	is_deeply([map { $locked->($_) } 50, $held - 100, $held, $held + 101, 1501],
		[0, 0, 1, 0, 0], 'nobody waits for a run but for the chunk at which it is');
	$t->("INSERT INTO PurchaseDetail (Identifier, PurchaseHeaderId, CreationDate, "
		. "ModificationDate) VALUES ('new', 50, $now, $now); DELETE FROM PurchaseDetail "
			. "WHERE Identifier = 'new'");
}, Mode => 'Full');
ok($done > $all / 2 && $done < $all, 'chunks that are done are committed') or diag("$done of $all");
is($whole->{Headers}, $all, 'and it comes to its end');

# A chunk that loses against another writer is done again, and counted once.
$t->($forget);
my $again_chunk = $run_held->(sub {
	my ($pid, $rival) = @_;
	$rival->do('UPDATE PurchaseDetail SET Quantity = 2 WHERE PurchaseDetailId <= 2000');
	$rival->do('UPDATE PurchaseHeader SET StoreId = 2 WHERE PurchaseHeaderId BETWEEN 1101 AND '
		. '1199');
	ok(Rival::until_waiting($db), 'a deadlock: the run gave way, and waits again');
}, Mode => 'Full');
is($again_chunk->{Headers}, $all, 'each purchase is counted once');
is_deeply($again_chunk->{MissingRates}, $missing->(), 'so is what is missing');
$all_right->('and all is right');

# Killed in its middle: the next one does what is left.
$t->($forget);
is($run_held->(sub { kill 'KILL', $_[0] }, Mode => 'Full')->{State}, 2, 'a run is killed');
$s->sql("UPDATE api_run SET lease_until = '2026-01-01' WHERE state = 2");
is($s->once, 0, 'it is lost');
$s->sql("UPDATE api_run SET not_before = '2026-01-01' WHERE state = 1 AND retry_of IS NOT NULL");
is($s->once, 0, 'and tried again');
my $rest = $result->();
is_deeply([$rest->{State}, $rest->{Headers} < $all - $done + 1 && $rest->{Headers} > 0,
	$db->value($with_amount, 'tenant1')], [4, 1, $all], 'the next run does what was left')
	or diag("$rest->{Headers} of $all");
$all_right->('and all is right');

# Rates that are removed, set or loaded while a run is at work: what it did before is not by them,
# but the next run is right. The first run of all, then a later one.
for my $first (1, 0) {
	my ($currency, $from) = $first ? ('USD', '2026-06-01') : ('GBP', '2026-03-01');
	$t->('DELETE FROM api_process_state') if $first;
	my $during = $run_held->(sub { $rate->('remove', $currency, "${from}T00:00:00Z") });
	@{ $rates{$currency} } = grep { $_->[0] ne $from } @{ $rates{$currency} };
	is($during->{State}, 4, "$currency: its rate is removed during a run: a warning");
	like($during->{Log}, qr/a rate was removed during the run/, 'that says so');
	my ($early) = grep { $_->[0] < $held - 100 && ($_->[1] // '') eq $currency
		&& $_->[2] ge $from && defined $_->[3] } @headers;
	isnt($db->value("SELECT RefAmount FROM PurchaseHeader WHERE PurchaseHeaderId = $early->[0]",
		'tenant1'), reference(@$early[3, 1, 2]), 'what was done before is by the old rate');
	like($run->()->{Log}, qr/ all rows/, 'the next run looks at all rows');
	$all_right->("$currency: the removed rate is nowhere");
	like($run->()->{Log}, qr/modified since/, 'and the one after it at what is new');
}
is($run_held->(sub { $rate->('set', qw(CHF 1.01 --from 2025-01-01T00:00:00Z)) })->{State}, 4,
	'an earlier rate is set during a run');
unshift @{ $rates{CHF} }, ['2025-01-01', '1.01'];
$run->();
$all_right->('the next run knows it');
my $csv = $s->dir . '/rates.csv';
open my $fh, '>', $csv or die $!;
print $fh "JPY,2026-01-01T00:00:00Z,0.0065\nJPY,2026-04-01T00:00:00Z,0.0067\n";
close $fh;
$run_held->(sub { $rate->('import', $csv) });
$rates{JPY} = [['2026-01-01', '0.0065'], ['2026-04-01', '0.0067']];
$run->();
$all_right->('nor is one lost that is loaded, over another or beside it');
$t->("UPDATE api_process_state SET seen_to = UTC_TIMESTAMP(6) + INTERVAL 1 DAY");
like($run->()->{Log}, qr/ all rows/, 'a clock that has gone back: all rows');

# Beyond the column: nothing else is wrong with this tenant.
my $two = sub { $db->sql($_[0], 'tenant2') };
$two->("INSERT INTO CurrencyRate VALUES ('KWD', '2026-01-01', 999999999999, UTC_TIMESTAMP(6), "
	. "UTC_TIMESTAMP(6)), ('BHD', '2026-01-01', 1.999999999999, UTC_TIMESTAMP(6), "
		. "UTC_TIMESTAMP(6));
	INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, SourceId, CurrencyId, "
		. "PurchaseDate, Amount, TaxFreeAmount, DeletionFlag, CreationDate, "
			. "ModificationDate) VALUES
	(1, 'fits', 1, 'KWD', '2026-02-02', 1000, -1000, 0, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)), "
		. "(2, 'deleted', 1, 'KWD', '2026-02-02', 999999999999999, NULL, 1, "
			. "UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
	(3, 'largest', 1, 'EUR', '2026-02-02', 999999999999999.9999, -999999999999999.9999, 0,
		UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))");
is_deeply([@{ $run->(2) }{qw(State Headers TooLarge)},
	$db->value('SELECT RefAmount FROM PurchaseHeader WHERE PurchaseHeaderId = 1', 'tenant2')],
	[3, 2, 0, '999999999999000.0000'],
	'amounts that just fit, and one that is deleted: success');
$two->("INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, SourceId, CurrencyId, "
	. "PurchaseDate, Amount, TaxFreeAmount, CreationDate, ModificationDate) VALUES
	(9998, 'edge', 1, 'BHD', '2026-02-02', 500000000000250, 500000000000249, UTC_TIMESTAMP(6), "
		. "UTC_TIMESTAMP(6)), (9999, 'big', 1, 'KWD', '2026-02-02', 999999999999999, "
			. "-999999999999999, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
	INSERT INTO PurchaseDetail (Identifier, PurchaseHeaderId, DiscountAmount, CreationDate, "
		. "ModificationDate) VALUES ('big', 9999, 2000, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));
	INSERT INTO Voucher (VoucherIdentifier, SourceId, CurrencyId, UseDate, Amount, CreationDate,
		ModificationDate) VALUES ('big', 1, 'KWD', '2026-02-02', -2000, UTC_TIMESTAMP(6),
		UTC_TIMESTAMP(6))");
for my $dry (JSON::PP::true, JSON::PP::false) {
	my $large = $run->(2, DryRun => $dry);
	is_deeply([@$large{qw(State MissingRates TooLarge)}], [4, [], 5],
		'amounts beyond the column, even by its last digit, do not fail the run: a warning');
	like($large->{Log},
		qr/5 amounts would be 1,000,000,000,000,000 EUR or more, which no column holds: they have no reference amount/,
		'that says why');
}
is_deeply([map { "@$_" } $two->('SELECT PurchaseHeaderId, RefAmount, RefTaxFreeAmount FROM '
	. 'PurchaseHeader WHERE PurchaseHeaderId > 9000 ORDER BY 1')],
	['9998 NULL 999999999999998.0000', '9999 NULL NULL'],
	'they stay without, also the one that would be rounded up beyond it');

# More currencies than are named: how many.
$two->("INSERT INTO PurchaseHeader (PurchaseIdentifier, SourceId, CurrencyId, PurchaseDate, "
	. "Amount, CreationDate, ModificationDate) SELECT CONCAT('x', c.seq, '-', n.seq), 1, "
		. "CONCAT('X', c.seq), '2026-02-02', 1,
	'2026-10-01', UTC_TIMESTAMP(6) FROM seq_10_to_40 c JOIN seq_1_to_40 n WHERE n.seq <= "
		. "c.seq; INSERT INTO PurchaseHeader (PurchaseIdentifier, SourceId, CurrencyId, "
			. "Amount, CreationDate, ModificationDate)
	VALUES ('undated', 1, 'KWD', 1, '2026-10-01', UTC_TIMESTAMP(6))");
my $many = $run->(2);
is_deeply([map { "$_->{CurrencyId} $_->{Rows}" } @{ $many->{MissingRates} }],
	[map { "X$_ $_" } reverse 21 .. 40], 'the 20 currencies with most rows');
is($many->{MoreCurrencies}, 12, 'and the number of the others');
like($many->{Log}, qr/and no rate for 12 more currencies/, 'in the log, too');
is_deeply([@{ $run->(2, ChunkRows => 777) }{qw(MissingRates MoreCurrencies TooLarge)}],
	[@$many{qw(MissingRates MoreCurrencies TooLarge)}], 'however the rows fall into chunks');

# a tenant without reference currency
$s->sql("UPDATE api_alias SET reference_currency = ''");
like($run->()->{Reason}, qr/has no reference currency/, 'no reference currency: said');
$s->sql("UPDATE api_alias SET reference_currency = 'JPY'");
is($run->()->{ReferenceCurrency}, 'JPY', 'another one');
is($db->value("SELECT COUNT(*) FROM PurchaseHeader WHERE CurrencyId = 'JPY' AND NOT (RefAmount "
	. "<=> Amount)", 'tenant1'), 0, 'all is computed again');

# A rate's time may be longer than the months that rates are laid out in.
$t->("INSERT INTO CurrencyRate VALUES ('XAU', '1890-05-01', 2, $now, $now), ('XAU', '1901-02-03', "
	. "3, $now, $now), ('XAU', '2026-03-15 12:00:00', 4, $now, $now)");
my %at = (2000001 => ['1890-04-30', 'NULL'], 2000002 => ['1890-05-01', '2.0000'],
	2000003 => ['1901-02-02', '2.0000'], 2000004 => ['1901-02-03', '3.0000'],
	2000005 => ['1950-01-01', '3.0000'], 2000006 => ['2026-03-15 11:59:59', '3.0000'],
	2000007 => ['2026-03-15 12:00:00', '4.0000'], 2000008 => ['2999-01-01', '4.0000']);
$t->('INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, SourceId, CurrencyId, '
	. 'PurchaseDate, Amount, CreationDate, ModificationDate) VALUES ' . join ',',
	map { "($_, 'far$_', 1, 'XAU', '$at{$_}[0]', 1, $now, $now)" } sort keys %at);
$run->(Mode => 'Full');
is_deeply({ map { $_->[0] => $_->[1] } $t->('SELECT PurchaseHeaderId, RefAmount '
	. 'FROM PurchaseHeader WHERE PurchaseHeaderId > 2000000') },
	{ map { $_ => $at{$_}[1] } keys %at }, 'rates of all centuries');

done_testing();

# A shop of Magento 2 for tests: its REST API over HTTP on 127.0.0.1, with the traps of the real
# one.
# my $shop = Magento->start; $shop->put(orders => {…}); $shop->url; $shop->set(limited => 1);
# $shop->faults('503', 'drop'); $shop->requests; (stops at the end)
# Signatures of OAuth 1.0a are checked here by code of its own. What "fields" does not ask for is
# left out of answers.
package Magento;
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(strftime _exit);
use Time::HiRes qw(sleep);

our %keys = (ConsumerKey => 'ck-canary-0', ConsumerSecret => 'cs&canary=%1', Token => 'at-canary-2',
	TokenSecret => 'ats-canary+ 3');
my $json = JSON::PP->new->canonical->utf8;

# The lists: path, the member that is the id, and the right that it needs.
my %lists = ('customers/search' => ['customers', 'id', 'Magento_Customer::customer'],
	'customerGroups/search' => ['groups', 'id', 'Magento_Customer::group'],
	orders => ['orders', 'entity_id', 'Magento_Sales::actions_view'],
	products => ['products', 'id', 'Magento_Catalog::products'],
	'categories/list' => ['categories', 'id', 'Magento_Catalog::categories']);

sub start {
	my ($class) = @_;
	my $self = bless { dir => tempdir('customerapi-magento-XXXXXX', TMPDIR => 1, CLEANUP => 1),
		owner => $$ }, $class;
	$self->{data} = { stores => [{ id => 1, code => 'default', name => 'Main',
		website_id => 1 },
		{ id => 0, code => 'admin', name => 'Admin', website_id => 0 }],
		groups => [{ id => 1, code => 'General' }], customers => [], orders => [],
		products => [], categories => [], refused => [], bearer => 0, limited => 0 };
	$self->save;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20) or die $!;
	$self->{port} = $listen->sockport;
	defined($self->{pid} = fork) or die $!;
	if (!$self->{pid}) {
		$SIG{CHLD} = 'IGNORE';
		$SIG{TERM} = sub { _exit(0) };
		while (1) {
			my $client = $listen->accept or next;
			next if fork;
			eval { $self->serve($client) };
			_exit(0);
		}
	}
	return $self;
}

sub url { "http://127.0.0.1:$_[0]{port}" }

sub save {
	my ($self) = @_;
	open my $fh, '>', "$self->{dir}/new" or die $!;
	print $fh $json->encode($self->{data});
	close $fh;
	rename "$self->{dir}/new", "$self->{dir}/data" or die $!;
}

sub set { my ($self, %to) = @_; $self->{data}{$_} = $to{$_} for keys %to; $self->save }
sub put { my ($self, $list, @records) = @_; push @{ $self->{data}{$list} }, @records; $self->save }

# What the next requests meet, one each: a status, "drop", "cut", "html", "words", "slow", "page".
sub faults {
	my ($self, @faults) = @_;
	open my $fh, '>', "$self->{dir}/faults" or die $!;
	print $fh map { "$_\n" } @faults;
	close $fh;
}

# The lines of requests since the last call.
sub requests {
	my ($self) = @_;
	open my $fh, '<', "$self->{dir}/log" or return;
	my @lines = <$fh>;
	close $fh;
	unlink "$self->{dir}/log";
	chomp @lines;
	return @lines;
}

sub DESTROY {
	my ($self) = @_;
	local $?;
	return if $self->{owner} != $$ || !$self->{pid};
	kill 'TERM', $self->{pid};
	waitpid $self->{pid}, 0;
}

# ------------------------------------------------------------------ the child

sub read_file { my ($path) = @_; open my $fh, '<', $path or return ''; local $/;
	return <$fh> // '' }

sub next_fault {
	my ($self) = @_;
	my ($first, @rest) = split /\n/, read_file("$self->{dir}/faults");
	$self->faults(@rest) if defined $first;
	return $first // '';
}

sub serve {
	my ($self, $client) = @_;
	while (defined(my $line = <$client>)) {
		my ($method, $target) = split / /, $line;
		my %header;
		while (defined(my $more = <$client>)) {
			last if $more =~ /^\r?\n/;
			$header{ lc $1 } = $2 if $more =~ /^([^:]+):\s*(.*?)\r?\n/;
		}
		open my $log, '>>', "$self->{dir}/log" or die $!;
		print $log "$method $target\n";
		close $log;
		$self->{data} = $json->decode(read_file("$self->{dir}/data"));
		return if !$self->answer($client, $method, $target, \%header);
	}
}

# 0 when the connection is over.
sub answer {
	my ($self, $client, $method, $target, $header) = @_;
	my ($path, $query) = split /\?/, $target, 2;
	my $fault = defined $header->{authorization} ? $self->next_fault : '';
	my ($status, $body) = $self->reply($method, $path, $query // '', $header);
	my ($type, $more) = ('application/json; charset=utf-8', '');
	return 0 if $fault eq 'drop';
	sleep 4 if $fault eq 'slow';
	($status, $more) = ($fault, "Retry-After: 1\r\n") if $fault =~ /^[45]/;
	($type, $body) = ('text/html', '<!doctype html><p>Sign in</p>') if $fault eq 'html';
	$body = "PHP Warning: x in y\n$body" if $fault eq 'words';
	my $length = length $body;
	$body = substr $body, 0, $length / 2 if $fault eq 'cut';
	print $client "HTTP/1.1 $status Said\r\nDate: ", strftime('%a, %d %b %Y %H:%M:%S GMT',
		gmtime),
		"\r\nContent-Type: $type\r\nContent-Length: $length\r\n$more\r\n$body";
	return $fault ne 'cut';
}

sub decoded { my ($text) = @_; $text =~ tr/+/ /; $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
	return $text }
sub encoded { my ($text) = @_; $text =~ s/([^A-Za-z0-9\-._~])/sprintf '%%%02X', ord $1/ge;
	return $text }

sub refusal {
	my ($message, %parameters) = @_;
	return $json->encode({ message => $message,
		%parameters ? (parameters => \%parameters) : () });
}

# Why the request is nobody's; '' when it is the integration's.
sub wrong_signature {
	my ($self, $method, $path, $query, $header) = @_;
	my $given = $header->{authorization} // '';
	if ($given =~ /^Bearer (.*)/) {
		return '' if $self->{data}{bearer} && $1 eq $keys{Token};
		return 'The consumer isn\'t authorized to access %resources.';
	}
	my %o = $given =~ /(oauth_\w+)="([^"]*)"/g;
	my $signature = decoded(delete $o{oauth_signature} // '');
	my @all = map { [$_, $o{$_}] } keys %o;
	push @all, map { my ($k, $v) = split /=/, $_, 2;
		[encoded(decoded($k)), encoded(decoded($v // ''))] }
		split /&/, $query;
	my $text = join '&',
		map { "$_->[0]=$_->[1]" } sort { $a->[0] cmp $b->[0] || $a->[1] cmp $b->[1] } @all;
	my $base = join '&', map { encoded($_) } $method, "http://$header->{host}$path", $text;
	my $good = hmac_sha256_base64($base, encoded($keys{ConsumerSecret}) . '&'
		. encoded($keys{TokenSecret}));
	$good .= '=' while length($good) % 4;
	return 'A consumer having the specified key does not exist'
		if decoded($o{oauth_consumer_key} // '') ne $keys{ConsumerKey};
	return 'Specified token does not exist' if decoded($o{oauth_token} // '') ne $keys{Token};
	return 'The signature is invalid. Verify and try again.'
		if $signature ne $good || ($o{oauth_signature_method} // '') ne 'HMAC-SHA256';
	return 'timestamp_refused' if abs(($o{oauth_timestamp} // 0) - time) > 600;
	return 'nonce_refused' if length($o{oauth_nonce} // '') != 32;
	mkdir "$self->{dir}/nonce-$o{oauth_nonce}" or return 'nonce_used';
	return '';
}

sub reply {
	my ($self, $method, $path, $query, $header) = @_;
	my $data = $self->{data};
	my ($code, $at) = $path =~ m{^/rest/([a-z0-9_]+)/V1/(.*)} or return (404,
		'<p>not here</p>');
	return (404, refusal('Request does not match any route.')) if $method ne 'GET';
	return (404,
		refusal('The store that was requested wasn\'t found. Verify the store and try '
			. 'again.'))
		if $code ne 'all' && !grep { $_->{code} eq $code } @{ $data->{stores} };
	my $wrong = $self->wrong_signature($method, $path, $query, $header);
	my $right = $lists{$at} ? $lists{$at}[2] : 'Magento_Backend::store';
	return (401, refusal($wrong, resources => $right)) if $wrong ne '';
	return (401, refusal('The consumer isn\'t authorized to access %resources.',
		resources => $right))
		if grep { $_ eq $right } @{ $data->{refused} };
	return (200, $json->encode($data->{stores})) if $at eq 'store/storeViews';
	return (404, refusal('Request does not match any route.')) if !$lists{$at};
	return $self->list($at, $query);
}

sub matches {
	my ($filter, $value) = @_;
	my ($is, $want) = ($filter->{condition_type} // 'eq', $filter->{value} // '');
	return 0 if !defined $value;
	my $number = $value =~ /^\d+$/ && $want =~ /^\d+$/;
	my $order = $number ? $value <=> $want : $value cmp $want;
	return $is eq 'eq' ? $order == 0 : $is eq 'gt' ? $order > 0 : $is eq 'gteq' ? $order >= 0 :
		$is eq 'in' ? scalar(grep { $_ eq $value } split /,/, $want) : die "condition $is";
}

# "a,b[c,d[e]]" as a tree.
sub fields {
	my ($text) = @_;
	my %tree;
	while ($$text =~ /\G(\w+)/gc) {
		my $name = $1;
		$tree{$name} = 1;
		if ($$text =~ /\G\[/gc) {
			$tree{$name} = fields($text);
			$$text =~ /\G\]/gc or die 'fields';
		}
		$$text =~ /\G,/gc or last;
	}
	return \%tree;
}

sub pruned {
	my ($value, $tree) = @_;
	return $value if !ref $tree;
	return [map { pruned($_, $tree) } @$value] if ref $value eq 'ARRAY';
	return $value if ref $value ne 'HASH';
	return { map { $_ => pruned($value->{$_}, $tree->{$_}) } grep { $tree->{$_} } keys %$value
		};
}

sub list {
	my ($self, $at, $query) = @_;
	my ($list, $id) = @{ $lists{$at} };
	my (%q, @filters, @sorts);
	for (split /&/, $query) {
		my ($k, $v) = map { decoded($_) } split /=/, $_, 2;
		$q{$k} = $v;
		$filters[$1][$2]{$3} = $v
			if $k =~ /^searchCriteria\[filter_groups\]
				\[(\d+)\]\[filters\]\[(\d+)\]\[(\w+)\]$/x;
		$sorts[$1]{$2} = $v if $k =~ /^searchCriteria\[sortOrders\]\[(\d+)\]\[(\w+)\]$/;
	}
	my ($size, $page) = ($q{'searchCriteria[pageSize]'}, $q{'searchCriteria[currentPage]'}
		// 1);
	return (400, refusal('Maximum SearchCriteria pageSize is %max', max => 300))
		if $self->{data}{limited} && ($size // 0) > 300;
	my $value = sub { my ($r, $f) = @_; $f eq 'entity_id' ? $r->{$id} : $r->{$f} };
	my @all = grep { my $r = $_;
		!grep { my $group = $_; !grep { matches($_, $value->($r, $_->{field})) }
		@$group } @filters } @{ $self->{data}{$list} };
	for my $sort (reverse @sorts) {
		@all = sort { $value->($a, $sort->{field}) <=> $value->($b, $sort->{field}) } @all;
		@all = reverse @all if ($sort->{direction} // 'DESC') ne 'ASC';
	}
	$size = $self->{data}{limited} ? 20 : scalar @all if !$size;
	my $pages = $size ? int((@all + $size - 1) / $size) : 1;
	$page = 1 if $page < 1;
	$page = $pages if $page > $pages && $pages > 0;	# the last page again
	my $last = $page * $size < @all ? $page * $size : scalar @all;
	my $answer = { items => [@all[($page - 1) * $size .. $last - 1]],
		total_count => scalar @all,
		search_criteria => {} };
	if (defined $q{fields}) {
		my $text = $q{fields};
		$answer = pruned($answer, fields(\$text));
	}
	return (200, $json->encode($answer));
}

1;

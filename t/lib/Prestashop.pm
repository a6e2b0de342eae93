# A shop with a PrestaShop Webservice on a free port of 127.0.0.1: answers as PrestaShop does
# (filters, display, sort, limit, schema=synopsis, rights, errors) with the test's own records.
# my $shop = Prestashop->start(key => '…'); $shop->put(customers => 3, { … });
# $shop->remove(…);
# $shop->allow('orders', 0): the key has no right. $shop->behave('orders', 'drop', 2): its next two
# answers about orders are cut off; '200 product_1_simple': they are what t/fixtures/prestashop has
# recorded. $shop->asked: the requests so far, without the key.
# deaf => 1: its web server takes the header Authorization away. gzip => 1: it packs its answers.
# A value that refers to a hash is a text by languages; to a list: rows of an association.
package Prestashop;
use strict;
use warnings;
use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Storable qw(nstore retrieve);
use Time::HiRes qw(sleep time);
use parent 'Server';

# Each resource: its element, its fields; fields that nobody may ask for; rows of associations.
my %resource = (
	languages => ['language', qw(name iso_code active)],
	currencies => ['currency', qw(name iso_code deleted)],
	countries => ['country', qw(id_zone iso_code name)],
	groups => ['group', qw(reduction name)],
	order_states => ['order_state', qw(paid shipped logable deleted template name)],
	categories => ['category', qw(id_parent active name date_add date_upd)],
	products => ['product', qw(id_category_default reference ean13 price active name description
		date_add date_upd)],
	combinations => ['combination', qw(id_product reference ean13 price)],
	customers => ['customer', qw(id_default_group id_lang newsletter_date_add secure_key deleted
		passwd lastname firstname email birthday newsletter optin company is_guest id_shop
		date_add date_upd)],
	addresses => ['address', qw(id_customer id_country alias company lastname firstname address1
		address2 postcode city other phone phone_mobile deleted date_add date_upd)],
	orders => ['order', qw(id_cart id_currency id_customer current_state valid id_shop
		secure_key
		payment total_discounts_tax_incl total_paid_tax_incl total_paid_tax_excl
		total_shipping_tax_incl total_shipping_tax_excl total_wrapping_tax_incl
		total_wrapping_tax_excl reference shipping_number date_add date_upd)],
	order_slip => ['order_slip', qw(id_order total_shipping_tax_incl date_add date_upd)],
);
my %rows = (orders => ['order_rows', 'order_row',
	qw(product_id product_attribute_id product_quantity
		product_name product_reference product_ean13 unit_price_tax_incl
		unit_price_tax_excl)],
	order_slip => ['order_slip_details', 'order_slip_detail', qw(id_order_detail
		product_quantity amount_tax_excl amount_tax_incl)]);
my %list_of = (order_slip => 'order_slips');

sub start {
	my ($class, %o) = @_;
	my $self = $class->in_folder('prestashop', n => 0, data => {}, denied => {}, %o);
	mkdir "$self->{dir}/log";
	$self->save;
	return $self->on_free_port;
}

sub try_start {
	my ($self) = @_;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $self->{port},
		Listen => 20, ReuseAddr => 1) or return 0;
	$self->{pid} = fork // die;
	return 1 if $self->{pid};
	$SIG{CHLD} = 'IGNORE';
	$SIG{TERM} = sub { POSIX::_exit(0) };
	while (1) {
		my $c = $socket->accept or next;
		my $pid = fork;
		if (defined $pid && !$pid) {
			$self->serve($c);
			POSIX::_exit(0);
		}
		close $c;
	}
}

# ------------------------------------------------------------------ what the test says

sub save {
	my ($self) = @_;
	nstore({ data => $self->{data}, denied => $self->{denied}, gzip => $self->{gzip} },
		"$self->{dir}/next");
	rename "$self->{dir}/next", "$self->{dir}/data" or die $!;
}
sub put { my ($self, $resource, $id, $record) = @_;
	$self->{data}{$resource}{$id} = { %{ $self->{data}{$resource}{$id} // {} }, %$record };
	$self->save if !$self->{quiet} }
sub remove { my ($self, $resource, $id) = @_; delete $self->{data}{$resource}{$id}; $self->save }
sub allow { my ($self, $resource, $may) = @_; $self->{denied}{$resource} = !$may; $self->save }
sub many { my ($self, $code) = @_;
	{ local $self->{quiet} = 1; $code->() }
	$self->save }

sub behave {
	my ($self, $resource, $how, $times) = @_;
	for (1 .. $times // 1) {
		open my $fh, '>', sprintf('%s/b.%06d', $self->{dir}, $self->{n}++) or die $!;
		print $fh "$resource $how";
		close $fh;
	}
}
sub calm { my ($self) = @_; unlink glob "$self->{dir}/b.*" }
sub asked { my ($self) = @_; return split /\n/, Server::slurp("$self->{dir}/log/asked") }
sub forget { my ($self) = @_; unlink "$self->{dir}/log/asked" }

# ------------------------------------------------------------------ a connection

sub serve {
	my ($self, $c) = @_;
	while (1) {
		my $line = <$c> // return;
		my (%h, $l);
		while (defined($l = <$c>) && $l =~ /^([^:]+):\s*(.*?)\r?\n/) { $h{lc $1} = $2 }
		my ($path, $query) = $line =~ m{^GET (\S*?)(?:\?(\S*))? HTTP} or return;
		$self->answer($c, $path, $query // '', \%h) or return;
	}
}

sub unescape { my ($s) = @_; $s =~ tr/+/ /; $s =~ s/%([0-9a-f]{2})/chr hex $1/gie; return $s }

sub send_it {
	my ($self, $c, $status, $body, %o) = @_;
	my $type = $o{type} // 'text/xml;charset=utf-8';
	my $more = join '', map { "$_\r\n" } @{ $o{headers} // [] };
	if ($o{packed}) {
		gzip(\$body, \my $packed);
		$body = $packed;
		$more .= "Content-Encoding: gzip\r\n";
	}
	my $length = length($body) + ($o{longer} // 0);
	my $date = POSIX::strftime('%a, %d %b %Y %H:%M:%S GMT',
		gmtime(time + ($self->{skew} // 0)));
	$c->print("HTTP/1.1 $status X\r\nContent-Type: $type\r\nContent-Length: $length\r\n"
		. "Date: $date\r\nPSWS-Version: 8.1\r\n$more\r\n$body");
	$c->flush;
	return !$o{longer};
}

my $head = qq{<?xml version="1.0" encoding="UTF-8"?>\n<prestashop xmlns:xlink="http://}
	. qq{www.w3.org/1999/xlink">\n};

sub around { my ($inside) = @_; return "$head$inside\n</prestashop>\n" }
sub errors { my ($code, $message) = @_;
	return around("<errors><error><code><![CDATA[$code]]></code><message><![CDATA[$message]]>"
		. '</message></error></errors>') }

# The first thing that the test wants of this resource, once.
sub behaviour {
	my ($self, $resource) = @_;
	for my $file (sort glob "$self->{dir}/b.*") {
		my ($of, $how) = split ' ', Server::slurp($file), 2;
		next if ($of // '') ne '*' && ($of // '') ne $resource;
		return $how if unlink $file;
	}
	return '';
}

my $laughs = '<!DOCTYPE l [<!ENTITY a "lol">' . join('', map { my $x = chr(97 + $_);
	my $y = chr(96 + $_); "<!ENTITY $x \"" . "&$y;" x 10 . '">' } 1 .. 9) . ']>';
my %odd = (
	429 => [429, 'Slow down', headers => ['Retry-After: 1']],
	'429-date' => [429, 'Slow down', headers => ['Retry-After: '
		. POSIX::strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime(time + 2))]],
	500 => [500, '<b>Fatal error</b>'],
	503 => [503, 'Maintenance', headers => ['Retry-After: 1']],
	disabled => [503, errors(22, 'The PrestaShop webservice is disabled.')],
	login => [200, '<!DOCTYPE html><html><body>Sign in</body></html>', type => 'text/html'],
	login_xml => [200, "\n<html><body>Sign in</body></html>"],
	elsewhere => [302, '', headers => ['Location: http://elsewhere.example/api/?ws_key=x']],
	malformed => [200, "<prestashop>\n<customers><customer></customers></prestashop>"],
	cut => [200, '<?xml version="1.0"?><prestashop><customers><customer><id>1</id'],
	empty => [200, ''], nul => [200, "<prestashop>\0<customers/></prestashop>"],
	latin1 => [200,
		"<prestashop><customers><customer><id>1</id><lastname>Caf\xe9</lastname></custo"
		. 'mer></customers></prestashop>'],
	entity => [200,
		'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><prestashop><customers>'
		. '<customer><id>1</id><lastname>&f;</lastname></customer></customers>'
		. '</prestashop>'],
	laughs => [200, "$laughs<prestashop><customers>&i;</customers></prestashop>"],
	longer => [200, '<prestashop><customers></customers></prestashop>', longer => 50],
	bomb => [200, ' ' x (40 << 20), packed => 1],
	notpacked => [200, 'this is no gzip', headers => ['Content-Encoding: gzip']],
	key => [401, errors(20, 'Authentification key is not active')],
	empty_key => [401, errors(17, 'Authentication key is empty')],
	shop => [403, errors(132, 'No permission for this key on this shop')],
	unknown => [400, errors(4711, 'Something else')],
);

sub answer {
	my ($self, $c, $path, $query, $h) = @_;
	my ($resource) = $path =~ m{/api/(\w*)$};
	my $shown = $query =~ s/ws_key=[^&]*&?//r;
	open my $log, '>>', "$self->{dir}/log/asked" or die $!;
	print $log unescape("$path?$shown"), "\n";
	close $log;
	my $how = $self->behaviour($resource // '');
	return $self->send_it($c, @{ $odd{$how} }) if $odd{$how};
	return $self->send_it($c, $1, Server::slurp("$ENV{SRCDIR}/t/fixtures/prestashop/$2.xml"))
		if $how =~ /^(\d+) (\w+)$/;
	return 0 if $how eq 'drop';
	if ($how eq 'endless') {
		$c->print("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<prestashop>");
		while ($c->print(' ')) { $c->flush; sleep 0.1 }
		return 0;
	}
	return $self->send_it($c, 404, 'Not found', type => 'text/html') if !defined $resource;
	my %q;
	for (split /&/, $query) {
		my ($name, $value) = map { unescape($_) } split /=/, $_, 2;
		if ($name =~ /^filter\[(\w+)\]$/) { push @{ $q{filter} }, [$1, $value] }
		else { $q{$name} = $value }
	}
	my ($status, $body) = $self->api(retrieve("$self->{dir}/data"), $resource, \%q, $h, $how);
	utf8::encode($body);
	my $is_packed = ($h->{'accept-encoding'} // '') =~ /gzip/ && $self->{gzip};
	return $self->send_it($c, $status, $body, packed => $is_packed,
		$status == 401 && $body !~ /</ ? (type => 'text/html') : ());
}

# ------------------------------------------------------------------ the Webservice

sub api {
	my ($self, $shop, $resource, $q, $h, $how) = @_;
	my $given = $q->{ws_key};
	delete $h->{authorization} if $self->{deaf};
	$given = $self->{key} if ($h->{authorization} // '') eq 'Basic '
		. encode_base64("$self->{key}:", '');
	return (401, '401 Unauthorized') if !defined $given && !defined $h->{authorization};
	return (401, errors(20, 'Authentification key is not active'))
		if ($given // '') ne $self->{key};
	return (200, $self->rights($shop)) if $resource eq '';
	my $of = $resource{$resource} or return (400, errors(27,
		qq{Resource of type "$resource" does not exists. Did you mean: "orders"?}));
	return (401, errors(26, qq{Resource of type "$resource" is not allowed with this }
		. 'authentication key')) if $shop->{denied}{$resource};
	return (200, synopsis($resource)) if ($q->{schema} // '') eq 'synopsis';
	return listing($shop->{data}{$resource} // {}, $resource, $q, $how);
}

sub rights {
	my ($self, $shop) = @_;
	return around('<api shopName="Test">' . join('', map { $shop->{denied}{$_} ? () :
		qq{<$_ xlink:href="http://x/$_" get="true" put="false" post="false" delete="false" }
		. qq{head="true"><schema type="synopsis"/></$_>} } sort keys %resource) . '</api>');
}

sub synopsis {
	my ($resource) = @_;
	my ($element, @fields) = @{ $resource{$resource} };
	my $rows = '';
	if (my $r = $rows{$resource}) {
		my ($list, $row, @of) = @$r;
		$rows = qq{<associations><$list nodeType="$row" virtualEntity="true"><$row><id/>}
			. join('', map { "<$_/>" } @of) . "</$row></$list></associations>";
	}
	return around("<$element>" . join('', map { qq{<$_ format="isUnsignedId"/>} } @fields)
		. "$rows</$element>");
}

# As SQLUtils::getSQLRetrieveFilter: a range has both ends, its bounds are sorted as texts.
sub passes {
	my ($have, $want) = @_;
	$have //= '';
	my $less = sub { my ($x, $y) = @_;
		return $x =~ /^[\d.]+$/ && $y =~ /^[\d.]+$/ ? $x < $y : $x lt $y };
	my ($before, $in, $behind) = $want =~ /^(.*)\[(.*)\](.*)$/ or return $have eq $want;
	return $less->($in, $have) if $before eq '>';
	return $less->($have, $in) if $before eq '<';
	return $have ne $in if $before eq '!';
	return index($have, $in) >= 0 if $before eq '%' && $behind eq '%';
	return $have =~ /^\Q$in\E/ if $behind eq '%';
	return scalar grep { $have eq $_ } split /\|/, $in if $in =~ /\|/;
	if ($in =~ /^([\d.:\-\s]+),([\d.:\-\s]+)$/) {
		my ($from, $to) = sort $1, $2;
		return !$less->($have, $from) && !$less->($to, $have);
	}
	return $have eq $in;
}

sub listing {
	my ($data, $resource, $q, $how) = @_;
	my ($element, @fields) = @{ $resource{$resource} };
	my %is = map { $_ => 1 } 'id', @fields;
	my %may = %is;
	delete @may{qw(date_add date_upd)} if !$q->{date};
	my @records = map { { id => $_, %{ $data->{$_} } } } sort { $a <=> $b } keys %$data;
	for my $f (@{ $q->{filter} // [] }) {
		return (400, errors(32, 'This filter does not exist. Did you mean: "id"?'))
			if !$may{$f->[0]};
		@records = grep { passes($_->{$f->[0]}, $f->[1]) } @records;
	}
	@records = grep { ($_->{id_shop} // $q->{id_shop}) eq $q->{id_shop} } @records
		if defined $q->{id_shop} && $q->{id_shop} ne 'all';
	if (defined $q->{sort}) {
		my ($field, $way) = $q->{sort} =~ /^\[?(\w+)_(ASC|DESC)\]?$/
			or return (400, errors(37, 'The "sort" value has to be formed …'));
		return (400, errors(38, 'Unable to filter by this field.')) if !$may{$field};
		@records = sort { $a->{$field} <=> $b->{$field} } @records if $field eq 'id';
		@records = reverse @records if $way eq 'DESC';
	}
	@records = reverse @records if $how eq 'unsorted';
	@records = () if $how eq 'none';
	if (defined $q->{limit}) {
		my ($from, $n) = $q->{limit} =~ /^(?:(\d+),)?(\d+)$/ or return (400,
			errors(39, '…'));
		@records = splice @records, $from // 0, $n;
	}
	my $list = $list_of{$resource} // $resource;
	return (200, around("<$list>" . join('', map { qq{<$element id="$_->{id}"/>} } @records)
		. "</$list>")) if !defined $q->{display};
	my ($asked, $rows) = ($q->{display} =~ s/^\[(.*)\]$/$1/r, $rows{$resource});
	my @of;
	if ($rows && $asked =~ s/,?$rows->[0]\[([\w,]+)\]//) { @of = split /,/, $1 }
	my @show = $asked eq 'full' ? ('id', @fields) : split /,/, $asked;
	for (@show) {
		return (400, errors(35, qq{Unable to display this field "$_".})) if !$is{$_};
	}
	return (200, around("<$list>\n" . join("\n", map { record($element, $_, \@show, $rows, \@of,
		$q) } @records) . "\n</$list>"));
}

sub cdata { my ($v) = @_; return defined $v && $v ne '' ? "<![CDATA[$v]]>" : '' }

sub record {
	my ($element, $r, $show, $rows, $of, $q) = @_;
	my $xml = "<$element>";
	for my $f (@$show) {
		my $v = $r->{$f};
		if (ref $v eq 'HASH') {
			my @languages = ($q->{language} // '') =~ /(\d+)/g;
			@languages = sort keys %$v if !@languages;
			$v = join '', map { qq{<language id="$_" xlink:href="http://x/$_">}
				. cdata($v->{$_}) . '</language>' } @languages;
			$xml .= "<$f>$v</$f>";
		} else { $xml .= "<$f>" . cdata($v) . "</$f>" }
	}
	if (@$of) {
		my ($list, $row) = @$rows;
		$xml .= qq{<associations><$list nodeType="$row" virtualEntity="true">} . join('',
			map {
			my $one = $_;
			"<$row>" . join('', map { "<$_>" . cdata($one->{$_}) . "</$_>" } @$of)
				. "</$row>" } @{ $r->{$list} // [] }) . "</$list></associations>";
	}
	return "$xml</$element>";
}

1;

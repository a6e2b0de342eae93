# The manual pages, --help, the sample file and the README agree with the tables of commands and
# settings.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my ($build, $src) = @ENV{qw(BUILDDIR SRCDIR)};
my $dir = tempdir('customerapi-docs-XXXXXX', TMPDIR => 1, CLEANUP => 1);
delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
$ENV{CUSTOMERAPI_CONF} = '/dev/null';
my %pages = ('customerapi' => 'customerapi.1', 'customerapi.conf' => 'customerapi.conf.5',
	'customerapi.fcgi' => 'customerapi.fcgi.8',
	'customerapi-scheduler' => 'customerapi-scheduler.8',
	'customerapi-api' => 'customerapi-api.7');

sub slurp {
	my ($path) = @_;
	open my $fh, '<', $path or die "$path: $!";
	local $/;
	return <$fh>;
}

sub output { my $out = `$_[0] 2>&1`; is($?, 0, $_[0] =~ s{\Q$build\E/}{}r) or diag($out);
	return $out }

# ------------------------------------------------------------------ the pages as such
my %page = map { $_ => slurp("$build/man/$pages{$_}") } keys %pages;
for my $name (sort keys %pages) {
	is(`mandoc -T lint -W warning $build/man/$pages{$name} 2>&1`, '',
		"$pages{$name}: mandoc has nothing to say");
	# A long prefix may leave a line that cannot be broken.
	is(`groff -mdoc -ww -W break -K utf8 -T utf8 $build/man/$pages{$name} 2>&1 >$dir/page`, '',
		"$pages{$name}: groff has nothing to say");
	cmp_ok(-s "$dir/page", '>', 1500, "$pages{$name}: is a page");
	unlike($page{$name}, qr/\@[a-z]+\@/, "$pages{$name}: every place is filled in");
	my ($see) = $page{$name} =~ /^\.Sh SEE ALSO\n(.*)/ms;
	my @others = sort $see =~ /^\.Xr (\S+ \d)/mg;
	is_deeply(\@others,
		[sort grep { $_ ne ($pages{$name} =~ s/\.(\d)$/ $1/r) } map {
			s/\.(\d)$/ $1/r } values %pages], "$pages{$name}: refers to the others");
	for my $xr ($page{$name} =~ /^\.Xr (\S+ \d)/mg) {
		ok((grep { s/\.(\d)$/ $1/r eq $xr } values %pages)
			|| $xr =~ /^(?:cron 8|crontab 5)$/, "$pages{$name}: $xr exists");
	}
}

# ------------------------------------------------------------------ commands
# Section of the page => its text, without mdoc's escapes.
sub plain { return $_[0] =~ s/\\-/-/gr =~ s/\\\(dq/"/gr =~ s/\\e/\\/gr =~ s/\\&//gr }
my %section = plain($page{customerapi}) =~ /^\.Ss (\S[^\n]*)\n(.*?)(?=^\.S[sh] |\z)/msg;
my $all = output("$build/customerapi --help");
my ($list) = $all =~ /^Commands:\n(.*?)\n\n/ms;
my @commands = $list =~ /^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)  /mg;
cmp_ok(scalar @commands, '>=', 27, 'there are commands');
is_deeply([sort map { s/ (\[?[A-Z]).*//r } keys %section], [sort @commands],
	'customerapi(1) has a section for each command, and no other');
my @global = options_of($all =~ /^Options of every command:\n(.*)/ms);
my ($every) = plain($page{customerapi}) =~ /every command:\n(.*?)^\.Sh/ms;
is_deeply([sort $every =~ /^\.It Fl -(\S+)/mg], [sort @global], 'the options of every command');

sub options_of { return $_[0] =~ /^  --([a-z-]+)/mg }

for my $command (@commands) {
	my $help = output("$build/customerapi $command --help");
	my ($heading) = grep { /^\Q$command\E(?: |$)/ } keys %section;
	my $text = $section{$heading};
	my @options = options_of($help);
	is_deeply([sort $text =~ /^\.It Fl -(\S+)/mg], [sort @options],
		"$command: options of --help and manual agree");
	my ($arguments) = $help =~ /^Arguments:\n(.*?)\n(?:\n|\z)/ms;
	is_deeply([$text =~ /^\.It Ar (\S+)/mg], [($arguments // '') =~ /^  ([A-Z]+)$/mg],
		"$command: arguments agree");
	my ($doc) = $help =~ /\A[^\n]*\n\n(.*?)\n\n/s;
	my $words = join ' ', split ' ', $doc;
	is(join(' ', split ' ', ($text =~ /\A(.*?)(?=^\.)/ms)[0]), $words,
		"$command: the sentences agree");
	my ($example) =
		$help =~ s/ \\\n +/ /gr
		=~ /^Example:\n  customerapi (.*)$/m;	# as the shell reads it
	like($example // '', qr/^\Q$command\E\b/, "$command: has an example of itself");
	like($text, qr/^\.Dl customerapi \Q$example\E$/m, "$command: also in the manual");
	my %known = map { $_ => 1 } @options, @global;
	is_deeply([grep { !$known{$_} } $example =~ /--([a-z-]+)/g], [],
		"$command: the example uses options that exist");
	is_deeply([grep { length > 130 } split /\n/, $help], [], "$command: no long lines");
}
for my $group (map { s/ .*//r } grep { / / } @commands) {
	my $help = `$build/customerapi $group --help`;
	like($help, qr/^  $group [a-z]/m, "$group --help lists its commands");
	unlike($help =~ s/\n\nOptions of.*//sr, qr/^  (?!$group )[a-z]/m,
		"$group --help lists no others");
}
my ($codes) = $page{customerapi} =~ /^\.Sh EXIT STATUS\n(.*?)^\.Sh/ms;
my ($told_codes) = $all =~ /Exit codes: (.*)/s;
is_deeply([$codes =~ /^\.It (\d)/mg], [$told_codes =~ /\b(\d) /g], 'exit codes agree');

# ------------------------------------------------------------------ settings
my $settings = decode_json(output("$build/customerapi config show --json"))->{Settings};
my @names = map { $_->{Setting} } @$settings;
my %default = map { $_->{Setting} => $_->{Value} } @$settings;
my ($part) = plain($page{'customerapi.conf'}) =~ /^\.Sh SETTINGS\n(.*?)^\.Sh/ms;
is_deeply([$part =~ /^\.It Cm (\S+)/mg], \@names,
	'customerapi.conf(5) has every setting, in order');
my %told = $part =~ /^\.It Cm (\S+)\n.*?^Default: ([^\n]*)\.$/msg;
is_deeply([map { "$_ $told{$_}" } @names],
	[map { "$_ " . ($default{$_} eq '' ? 'empty' : $default{$_}) } @names], 'with its default');
my $sample = slurp("$build/man/customerapi.conf");
is(output("$build/customerapi config sample"), $sample,
	'config sample is the file that is installed');
is_deeply([$sample =~ /^#(\w+) = /mg], \@names, 'it has every setting');
is_deeply({ map { s/^"(.*)"$/$1/r } $sample =~ /^#(\w+) = (.*)$/mg }, \%default,
	'with its default');
is($sample =~ s/^#\w+ = .*\n|^#.*\n|^\n//mgr, '', 'all of it commented out');
my %known = map { $_ => 1 } @names;
for my $name (sort keys %pages) {
	my @cited = grep { /_/ } $page{$name} =~ /^\.Cm (\S+)/mg;
	is_deeply([grep { !$known{$_} } @cited], [], "$pages{$name}: the settings it names exist");
}
my ($example) = plain($page{'customerapi.conf'}) =~ /^\.Sh EXAMPLES\n\.Bd[^\n]*\n(.*?)^\.Ed/ms;
open my $fh, '>', "$dir/example.conf" or die $!;
print $fh $example;
close $fh;
like(output("$build/customerapi config check --config $dir/example.conf"), qr/valid/,
	'the example of customerapi.conf(5) is valid');

# ------------------------------------------------------------------ the API
# doc/openapi.json is made from the same tables by other code, and is compared with what is served.
my $api = decode_json(slurp("$src/doc/openapi.json"));
my ($actions) = plain($page{'customerapi-api'}) =~ /^\.Sh ACTIONS\n(.*?)^\.Sh/ms;
my %described = $actions =~ /^\.Ss ([A-Z][^\n]*)\n(.*?)(?=^\.Ss |\z)/msg;
my (%wanted, %processes);
my $plan = qr/(?:OneTime|Hourly|Daily|Weekly|Monthly|After|RunNow)\w*/;
for my $path (sort keys %{ $api->{paths} }) {
	my $name = $path;
	$processes{$1} = 1
		if $name =~ s{^(/ProcessManagement)/(?!Schedules).*/($plan)$}{$1/{Process}/$2}
		and $path =~ m{^/ProcessManagement/(.*)/};
	my @methods = grep { $api->{paths}{$path}{$_} } qw(get post put delete);
	# An action of several methods is one section; two actions at one address are two.
	my ($heading) = grep { exists $described{$_} } join(' ', map({ uc } @methods), $name);
	$wanted{$_} = [$path, $heading ? @methods : /^GET /i ? 'get' : /^POST /i ? 'post' : /^PUT /i
		? 'put' : 'delete'] for $heading ? $heading : map { uc($_) . " $name" } @methods;
}
is_deeply([sort keys %described], [sort keys %wanted],
	'customerapi-api(7) has every action, and no other');
for my $heading (sort keys %wanted) {
	my ($path, @methods) = @{ $wanted{$heading} };
	my $row = $api->{paths}{$path}{ $methods[-1] };
	my $text = $described{$heading} // next;
	my %told = $text =~ /^\.It Cm ([\w.-]+) Pq (path|query|body|header)/mg;
	my %known = map { $_->{name} => $_->{in} } map { ($_->{'$ref'} // '') =~ m{/(\w+)$}
		? $api->{components}{parameters}{$1} : $_ } @{ $row->{parameters} };
	is_deeply({ map { $told{$_} eq 'body' ? () : ($_ => $told{$_}) } keys %told }, \%known,
		"$heading: parameters of the address");
	my @errors = sort grep { $_ >= 400 } keys %{ $row->{responses} };
	my ($list) = $text =~ /^Errors: ([^\n]*)\.$/m;
	is_deeply([split /, /, $list // ''], \@errors, "$heading: errors");
	like($text, qr/^curl .*https:/m, "$heading: an example");
}
my ($kinds) = plain($page{'customerapi-api'}) =~ /^\.Sh PROCESSES\n(.*?)^\.Sh/ms;
is_deeply([sort $kinds =~ /^\.Ss (\S+)/mg], [sort keys %processes], 'and every process');
my ($hooks) = plain($page{'customerapi-api'}) =~ /^\.Sh WEBHOOKS\n(.*?)^\.Sh/ms;
cmp_ok(scalar(() = $hooks =~ /^\.It \w+ \/ /mg), '>', 8, 'and webhooks');

# ------------------------------------------------------------------ the two daemons
for my $program (qw(customerapi.fcgi customerapi-scheduler)) {
	my $help = output("$build/$program --help");
	my $text = plain($page{$program});
	my ($options) = $text =~ /^\.Sh OPTIONS\n(.*?)^\.Sh/ms;
	is_deeply([sort $options =~ /^\.It Fl -(\S+)/mg], [sort { $a cmp $b } options_of($help)],
		"$program: options of --help and manual agree");
	like(output("$build/$program --check-config --config $build/man/customerapi.conf"), qr/OK/,
		"$program takes the sample file");
	like($help, qr/\Q$program\E\(8\)/, "$program: --help names its page");
}

# ------------------------------------------------------------------ README and its pages
my $readme = slurp("$src/README.md");
my $install = slurp("$src/doc/installation.md");
my $command_line = slurp("$src/doc/command-line.md");
my @told;
while ($command_line =~ /^\| `customerapi ([a-z-]+)`(?: ([^|]*?))? \|/mg) {
	my ($group, $verbs) = ($1, $2 // '');
	my @verbs = $verbs =~ /`([a-z-]+)`/g;
	push @told, @verbs ? map { "$group $_" } @verbs : $group;
}
is_deeply([sort @told], [sort @commands], 'the page lists the commands');
like($readme, qr/`\Q@{[$_ =~ s{\.(\d)$}{($1)}r]}\E`/, "the README names $_") for sort values %pages;

# Packages: those that quickstart installs, in the order in which they are needed.
my ($first, $second) =
	$install =~ /^apt-get install --no-install-recommends ((?:[^\n]*\\\n)*[^\n]*)$/mg;
for (['BUILD_PACKAGES', $first], ['RUN_PACKAGES', $second]) {
	my ($list, $said) = @$_;
	my $want = `. $src/t/lib/packages.sh; echo \$$list`;
	is(join(' ', sort grep { $_ ne '\\' } split ' ', $said // ''),
		join(' ', sort split ' ', $want), "the packages are $list");
}
my @steps = ('apt-get install', 'autoreconf', 'make install', 'adduser', 'customerapi init',
	'customerapi source add', 'systemctl enable', 'nginx -t', 'customerapi doctor --url',
	'(operations.md)');
my ($how) = $install =~ /^# Install for production\n(.*)/ms;
my $at = -1;
for my $step (@steps) {
	my $next = index $how, $step, $at + 1;
	cmp_ok($next, '>', $at, "the steps: $step");
	$at = $next;
}

# Step 7, for nginx, gives a configuration that nginx takes.
{
	my ($block) = $how =~ /```sh\n(certificate=.*?)^nginx -t/ms;
	my %place = ('/usr/share/doc/customerapi/examples/nginx' => "$src/nginx",
		'/etc/nginx/conf.d' => $dir, '/var/log/nginx' => $dir, '/etc/ssl' => $dir,
		'443 ssl' => "unix:$dir/listen ssl");
	$block =~ s/\Q$_\E/$place{$_}/g for sort { length $b <=> length $a } keys %place;
	is(system('bash', '-euc', $block), 0, "the step for nginx");
	my $to = "-keyout $dir/api.key -out $dir/api.pem";
	my $out = `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x $to 2>&1`;
	is($?, 0, 'a certificate') or diag($out);
	open my $fh, '>', "$dir/nginx.conf" or die $!;
	print $fh "pid $dir/nginx.pid;\nevents { worker_connections 64; }\nhttp {\n",
		(map { "\t${_}_temp_path $dir/tmp;\n" } qw(client_body fastcgi proxy scgi uwsgi)),
		"\tinclude $dir/customerapi.conf;\n}\n";
	close $fh;
	$out = `PATH=\$PATH:/usr/sbin nginx -t -e $dir/nginx-error.log -c $dir/nginx.conf 2>&1`;
	is($?, 0, 'nginx takes what it makes') or diag($out);
	unlike(slurp("$dir/customerapi.conf"), qr/\@[A-Z_]+\@/, 'every word is filled in');
}

# Behind Apache the same steps hold, with the web server's package and without nginx's; the page's
# commands make what it says.
{
	my $page = slurp("$src/doc/apache.md");
	my ($packages) = $page =~ /line of packages is `([^`]*)`/
		or die 'doc/apache.md names no packages';
	(my $want = $second =~ s/\\\n//gr) =~ s/\bnginx-light\b/apache2/;
	is(join(' ', sort split ' ', $packages), join(' ', sort split ' ', $want),
		'the packages behind Apache');
	my ($block) = $page =~ /^(for area in .*?^done [^\n]*\n)/ms;
	unlike($page, qr{/tmp/}, 'root writes no name that others can guess');
	is(system('bash', '-euc', "cd $src/apache\n" . $block =~ s{/etc/apache2}{$dir}r), 0,
		"the page's step for mod_proxy_fcgi");
	my $way = slurp("$dir/customerapi-way.conf") =~ s/^#.*\n//mgr;
	unlike($way, qr/\@[A-Z_]+\@/, 'every word is filled in');
	like($way, qr{unix:/run/customerapi/$_\.sock\|}, "the pool $_ is reached")
		for qw(intake process club help);
}
my ($users) =
	slurp("$src/doc/operations.md") =~
		/make the database user first \(\[installation\]\(installation\.md\), step (\d)\)/;
like($how =~ s/.*^\*\*$users\. //msr =~ s/^\*\*\d\. .*//msr, qr/^CREATE USER /m,
	"the database user is made in step $users");

# Links lead somewhere, and everything of doc/ is named and installed.
my $makefile = slurp("$src/Makefile.am");
for my $file ('README.md', map { s{^\Q$src\E/}{}r } glob "$src/doc/*.md") {
	my $text = slurp("$src/$file");
	my ($folder) = $file =~ m{^(.*/)}; $folder //= '';
	for my $link ($text =~ /\]\((?!https?:)([^)#]+)/g) {
		ok(-f "$src/$folder$link", "$file: $link exists");
	}
	next if $file eq 'README.md';
	like($readme, qr/\Q$file\E/, "the README names $file");
	like($makefile, qr/^dist_docpages_DATA = (?:.*\\\n)*.*\Q$file\E/m, "$file is installed");
	for my $command ($text =~ /^customerapi ([a-z][a-z-]*(?: [a-z][a-z-]*)?)/mg) {
		ok((grep { $command eq $_ || $command =~ /^$_ / } @commands),
			"$file: customerapi $command exists");
	}
}
# Settings that the documents set are settings.
for my $file ('README.md', map { s{^\Q$src\E/}{}r } glob("$src/doc/*.md"), glob("$src/apache/*")) {
	my @set = slurp("$src/$file") =~ /(?<![\w.])((?:db|fcgi|smtp|key|base)_\w+) = /g;
	is_deeply([grep { !$known{$_} } @set], [], "$file: the settings it sets exist");
}

like(slurp("$ENV{BUILDDIR}/man/customerapi.1"),
	qr/^\.Ss schedule set.*?^  Cleansing  \(not in this version\)$/ms,
	'what a page says is listed below is listed there');

done_testing();

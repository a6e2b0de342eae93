# bash completion: the script that is installed, in a real bash, with and without a database.
use strict;
use warnings;
use File::Temp qw(tempdir);
use MariaDB;
use Test::More;

my ($build, $src) = @ENV{qw(BUILDDIR SRCDIR)};
my $dir = tempdir('customerapi-completion-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $db = MariaDB->start;
delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
open my $conf, '>', "$dir/conf" or die $!;
print $conf "db_socket = '" . $db->socket . "'\ndb_user = root\nkey_file = '$dir/key'\n";
close $conf;
$ENV{CUSTOMERAPI_CONF} = "$dir/conf";
$ENV{PATH} = "$build:$ENV{PATH}";
my $script = "$build/man/completion/customerapi";
system("bash -n $script") == 0 or die 'the script is no bash';
is(`customerapi completion bash`, do { open my $fh, '<', $script or die $!; local $/;
	<$fh> }, 'what is installed is what the command prints');

# What bash would offer for a line whose last word is being typed.
sub offers {
	my (@words) = @_;
	local $ENV{LINE_WORDS} = join "\x1f", 'customerapi', @words;
	local $ENV{STEPS} = <<"BASH";
source $script
IFS=\$'\\x1f' read -r -d "" -a COMP_WORDS < <(printf "%s\\0" "\$LINE_WORDS")
COMP_CWORD=@{[scalar @words]}
f=\$(complete -p customerapi | sed "s/.*-F \\([^ ]*\\).*/\\1/")
\$f customerapi
printf "%s\\n" "\${COMPREPLY[@]}"
BASH
	my $out = `bash --norc -c "\$STEPS" 2>&1`;
	return join ' ', sort split ' ', $out;
}

# Names come from a database that must answer within a second, which a busy machine may miss.
sub offers_names {
	for (1 .. 20) {
		my $names = offers(@_);
		return $names if $names ne '';
	}
	return '';
}

my $all = `customerapi --help`;
my ($list) = $all =~ /^Commands:\n(.*?)\n\n/ms;
my %commands;
while ($list =~ /^  ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?  /mg) {
	$commands{$1} //= [];
	push @{ $commands{$1} }, $2 if defined $2;
}
is(offers(''), join(' ', sort keys %commands), 'every command');
is(offers('que'), 'queue', 'a beginning');
is(offers('nothing'), '', 'nothing');
for my $group (sort keys %commands) {
	is(offers($group, ''), join(' ', sort @{ $commands{$group} }), "$group: every verb")
		if @{ $commands{$group} };
	for my $verb (@{ $commands{$group} } ? @{ $commands{$group} } : '') {
		my $help = `customerapi $group $verb --help`;
		my @options = $help =~ /^  (--[a-z-]+)/mg;
		is(offers($group, $verb || (), '--'),
			join(' ', sort @options,
				qw(--config --json --wide --quiet --help --version)),
				"$group $verb: every option");
	}
}
is(offers('queue', 'list', '--state', 'd'), 'dead done', 'a value of an option');
is(offers('queue', 'list', '--state', 'dead,un'), 'dead,unrouted', 'the next of a list');
is(offers('queue', 'list', '--limit', ''), '', 'a number is not guessed');
is(offers('queue', 'list', '--quiet', '--state', 'lea'), 'leased', 'behind a flag');
is(offers('customer', 'list', '--config', "$dir/co"), "$dir/conf", 'a file');
is(offers('customer', 'list', "--config", '=', "$dir/co"), "$dir/conf",
	'behind an equals sign, as bash cuts it');
is(offers('completion', ''), 'aliases bash customers tenants', 'a value of an argument');

is(offers('alias', 'show', ''), '', 'no registry, no names, no complaint');
system('customerapi init --quiet') == 0 or die;
system("customerapi customer add $_ --quiet") == 0 or die for qw(Acme Other);
system("customerapi alias add Acme $_ --database d_$_ --create-database --currency EUR "
	. "--time-zone UTC --quiet") == 0 or die for qw(Shop Store);
is(offers_names('alias', 'show', ''), 'Acme Other', 'customers');
is(offers_names('alias', 'show', 'Acme', 'Sh'), 'Shop', 'their aliases');
is(offers('alias', 'show', 'Other', ''), '', 'and no others');
is(offers_names('queue', 'list', '--tenant', 'Ac'), 'Acme/Shop Acme/Store', 'tenants');
$db->kill9;
is(offers('alias', 'show', ''), '', 'a dead database keeps silent');

my $out = `make -s -C $build install-nodist_completionDATA DESTDIR=$dir/root 2>&1`;
is($?, 0, 'make install') or diag($out);
is(`cd $dir/root && find . -type f -path '*/share/bash-completion/completions/customerapi' | wc -l`
	+ 0, 1, 'puts it where bash looks') or diag(`find $dir/root`);

done_testing();

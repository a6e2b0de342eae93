#!/usr/bin/perl
# Runs test files in parallel and ends with "N passed, N failed". Usage: run.pl --build DIR [--jobs
# N] [--label TEXT] [FILE …]
# Without files: every t/*.t of the source tree and every t/c/*.t of the build folder. Exit 0 when
# nothing failed.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use Getopt::Long;
use TAP::Harness;

my ($build, $jobs, $label) = ('.', 4, '');
GetOptions('build=s' => \$build, 'jobs=i' => \$jobs, 'label=s' => \$label) or exit 2;
my $src = abs_path(dirname(__FILE__) . '/..');
$build = abs_path($build);
my @files = @ARGV ? map({ abs_path($_) // $_ } @ARGV) : (sort(glob("$src/t/*.t")),
	sort(glob("$build/t/c/*.t")));
die "run.pl: no test found\n" if !@files;

$ENV{BUILDDIR} = $build;
$ENV{SRCDIR} = $src;
chdir $build or die "run.pl: $build: $!\n";
# t/99-replies.t looks at the replies that the programs under test record for it (fcgi/record.h), so
# it runs when all others have ended.
my @last = grep { m{/99-[^/]*$} } @files;
@files = grep { !m{/99-[^/]*$} } @files;
$ENV{CUSTOMERAPI_RECORD} = "$build/t/replies";
remove_tree($ENV{CUSTOMERAPI_RECORD});
make_path($ENV{CUSTOMERAPI_RECORD});

my $harness = TAP::Harness->new({ jobs => $jobs, lib => ["$src/t/lib"], verbosity => 0,
	failures => 1, timer => 1, color => 0,
	exec => sub { my ($h, $f) = @_; return $f =~ m{^\Q$build\E/t/c/} ? [$f] : undef } });
my $named = sub {
	return map { [$_, ($_ =~ m{^\Q$src\E/(.*)} ? $1 : $_ =~ m{([^/]+/[^/]+)$} ? $1 : $_)] } @_
		};
my @runs = map { $harness->runtests($named->(@$_)) } grep { @$_ } \@files, \@last;

# A file that died, planned wrongly or exited non-zero without a failed assertion counts as one
# failure.
my ($passed, $failed) = (0, 0);
for my $all (@runs) {
	$passed += $all->passed;
	$failed += $all->failed;
}
for my $parser (map { $_->parsers } @runs) {
	$failed++ if !$parser->failed && ($parser->exit || $parser->parse_errors);
}
if (open my $sum, '>', "$build/t/result") {
	print $sum "$passed $failed\n";
	close $sum;
}
print "$label: " if $label ne '';
print "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);

# Programs of t/web on Node.js, with the packages of its lock file installed into the build folder.
#   my $node = Node->new;  my ($output, $status) = $node->run('openapi.mjs', @arguments);
# ./check installs them once for all its builds and says where by CUSTOMERAPI_NODE.
package Node;
use strict;
use warnings;
use Fcntl qw(:flock);
use File::Copy qw(copy);
use File::Path qw(make_path);

sub new {
	my ($class) = @_;
	my $self = bless { dir => $ENV{CUSTOMERAPI_NODE} // "$ENV{BUILDDIR}/t/node" }, $class;
	make_path($self->{dir});
	open my $lock, '>>', "$self->{dir}/lock" or die $!;	# test files run beside one another
	flock $lock, LOCK_EX or die $!;
	$self->install;
	return $self;
}

sub slurp { my ($file) = @_; open my $fh, '<', $file or return ''; local $/; return <$fh> // '' }

sub install {
	my ($self) = @_;
	my ($dir, $from) = ($self->{dir}, "$ENV{SRCDIR}/t/web");
	if (slurp("$dir/done") ne slurp("$from/package-lock.json")) {
		unlink "$dir/done";
		for my $file (qw(package.json package-lock.json)) { copy("$from/$file",
			"$dir/$file") or die "$file: $!" }
		my $how = '--no-audit --no-fund --ignore-scripts --loglevel=error';
		my $out = `cd $dir && npm ci $how 2>&1`;
		die "npm ci: $out" if $?;
		copy("$dir/package-lock.json", "$dir/done") or die $!;
	}
	for my $file (glob "$from/*.{mjs,yaml}") { copy($file, $dir) or die "$file: $!" }
}

sub run {
	my ($self, $program, @arguments) = @_;
	open my $fh, '-|', 'node', "$self->{dir}/$program", @arguments or die "node: $!";
	my $out = do { local $/; <$fh> } // '';
	close $fh;
	return ($out, $?);
}

1;

# A world for the club's tests: two tenants (C1/A1, C2/A2) with the Source 1 and tokens, the web
# program behind nginx.
# my $w = Club->start; my $r = $w->get('GetContact?DrupalId=7&SourceId=1');
# $w->post('SetContact?SourceId=1', { DrupalId => '7' });
# Settings are given as environment variables, options => [...] of the database server. Replies are
# HTTP::Tiny's with {json}. Options of a request: tenant => 2, token => 'limited', headers => {…}.
package Club;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use JSON::PP;
use POSIX ();
use Fcgi;
use MariaDB;
use Nginx;
use Scheduler;

sub start {
	my ($class, %env) = @_;
	my $db = MariaDB->start(options => delete $env{options} // []);
	my $s = Scheduler->new($db, CUSTOMERAPI_RUN_SLOTS => 1, CUSTOMERAPI_QUEUE_WORKERS => 1,
		%env);
	my $self = bless { db => $db, s => $s, http => HTTP::Tiny->new(timeout => 60),
		tokens => {} }, $class;
	$s->tenant(1, time_zone => "'Europe/Paris'", reference_currency => "'EUR'");
	$s->tenant(2);
	$s->sql("INSERT INTO api_source (alias_id, source_id, created_at) VALUES ($_, 1, "
		. "'2026-01-01')") for 1, 2;
	$s->sql("INSERT INTO api_source (alias_id, source_id, created_at) VALUES (1, 2, "
		. "'2026-01-01')");
	$self->token("club$_", $_, 'club') for 1, 2;
	$self->{fcgi} = Fcgi->start(%{ $s->{env} }, CUSTOMERAPI_CONF => '/dev/null',
		CUSTOMERAPI_FCGI_AREA => 'club');
	$self->{nginx} = Nginx->start($self->{fcgi}->socket);
	return $self;
}

sub sql { my ($self, $text) = @_; return $self->{db}->sql($text, 'tenant1') }
sub value { my ($self, $text) = @_; return $self->{db}->value($text, 'tenant1') }

# A token of a tenant; user: of this api_user.
sub token {
	my ($self, $name, $tenant, $rights, $user) = @_;
	$self->{tokens}{$name} = "$name-" . join '', map { ('a' .. 'z')[rand 26] } 1 .. 30;
	$self->{s}->sql("INSERT INTO api_token (alias_id, user_id, token_hash, rights, "
		. "created_at) VALUES ($tenant, " . ($user // 'NULL') . ", x'"
		. sha256_hex($self->{tokens}{$name})
		. "', '$rights', '2026-01-01')");
}

sub request {
	my ($self, $method, $path, $body, %o) = @_;
	my $tenant = $o{tenant} // 1;
	my %headers = ('X-Crm360Api-Token' => $self->{tokens}{ $o{token} // "club$tenant" },
		'X-Crm360Api-CustomerName' => "C$tenant", 'X-Crm360Api-DatabaseAlias' => "A$tenant",
		%{ $o{headers} // {} });
	my $r = $self->{http}->request($method, $self->{nginx}->url . "/Bonduelle/Club/$path",
		{ headers => \%headers,
		defined $body
		? (content => ref $body ? JSON::PP->new->utf8->canonical->encode($body) : $body)
		: () });
	$r->{json} = ($r->{content} // '') eq '' ? {} : eval { decode_json($r->{content}) } // {};
	return $r;
}

sub get { my ($self, $path, %o) = @_; return $self->request('GET', $path, undef, %o) }
sub post { my ($self, $path, $body, %o) = @_; return $self->request('POST', $path, $body, %o) }
sub code { my ($self, $id, $code, %o) = @_;
	return $self->post("CheckCode?DrupalId=$id&SourceId=1&CodePrivilege=$code", '', %o) }
sub points { my ($self, $id, $more, %o) = @_;
	return $self->get("GetListPoints?DrupalId=$id&SourceId=1" . ($more // ''), %o) }

# The fields at fault, in order.
sub fields { my ($r) = @_; return join ' ', map { $_->{field} } @{ $r->{json}{errors} // [] } }

# Requests at once, each in a process of its own and released together; [method, path, body,
# %options] each. Returns their replies in order.
sub at_once {
	my ($self, @requests) = @_;
	my (@pipes, @replies);
	pipe my $gate, my $open or die $!;
	for my $q (@requests) {
		pipe my $in, my $out or die $!;
		my $pid = fork // die "fork: $!";
		if (!$pid) {
			close $open;
			$self->{http} = HTTP::Tiny->new(timeout => 60);
			sysread $gate, my $byte, 1;
			my $r = eval { $self->request(@$q) } // { status => 599, content => $@ };
			print $out JSON::PP->new->encode({ status => $r->{status},
				headers => $r->{headers}, content => $r->{content} });
			close $out;
			POSIX::_exit(0);
		}
		close $out;
		push @pipes, [$in, $pid];
	}
	close $open;
	for my $p (@pipes) {
		my $fh = $p->[0];
		local $/;
		my $r = decode_json(<$fh>);
		$r->{json} = eval { decode_json($r->{content}) } // {};
		push @replies, $r;
		waitpid $p->[1], 0;
	}
	return @replies;
}

# The command-line tool; its exit status and what it said.
sub admin {
	my ($self, @args) = @_;
	local %ENV = (%ENV, %{ $self->{s}{env} });
	my $line = join ' ', map { "'" . s/'/'\\''/gr . "'" } @args;
	my $out = `$ENV{BUILDDIR}/customerapi $line 2>&1`;
	return ($? >> 8, $out);
}

# A run of a process by the daemon; its result with State and Reason.
sub run {
	my ($self, $process, %parameters) = @_;
	my $p = encode_json(\%parameters);
	$self->{s}->sql(
		"INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
			. "exclusive, created_at, result, log_tail)
		VALUES (1, '$process', '$p', 2, 1, '2026-01-01', 'points', '2026-01-01', '', '')");
	$self->{s}->once;
	my ($r) = $self->{s}->sql(
		'SELECT state, result, reason FROM api_run ORDER BY run_id DESC LIMIT 1');
	return { State => $r->[0], Reason => $r->[2], %{ decode_json($r->[1] || '{}') } };
}

1;

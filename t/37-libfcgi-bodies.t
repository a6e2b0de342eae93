# t/42-bodies.t once more, with fcgi_transport = libfcgi.
use strict;
use warnings;
$ENV{CUSTOMERAPI_FCGI_TRANSPORT} = 'libfcgi';
exec $^X, (map { "-I$_" } @INC), ($0 =~ s{37-libfcgi-bodies}{42-bodies}r);

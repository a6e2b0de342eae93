# t/30-fcgi.t once more, with fcgi_transport = libfcgi.
use strict;
use warnings;
$ENV{CUSTOMERAPI_FCGI_TRANSPORT} = 'libfcgi';
exec $^X, (map { "-I$_" } @INC), ($0 =~ s{37-libfcgi-requests}{30-fcgi}r);

/* net/socket: poll() as libESMTP needs it. What it has kept goes out before it reads. */
#include "config.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"
#include "t/c/tap.h"

static void
is(int got, int want, const char *what)
{
	ok(got == want, what, "");
}

int
main(void)
{
	int pair[2], other[2];
	struct pollfd p[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, other) < 0)
		return 1;
	p[0] = (struct pollfd){ .fd = pair[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = pair[0], .events = POLLOUT };
	is(poll(p, 2, 1000), 1, "a socket that can be written");
	is(p[0].revents << 8 | p[1].revents, POLLOUT, "and not read");
	is(poll(p, 1, 10), 0, "asked for reading alone, nothing comes in time");
	if (write(pair[1], "x", 1) != 1)
		return 1;
	is(poll(p, 2, 1000), 1, "when it can be read as well,");
	is(p[0].revents << 8 | p[1].revents, POLLOUT, "it is to be written first");
	is(poll(p, 1, -1), 1, "asked for reading alone,");
	is(p[0].revents, POLLIN, "it can be read");
	p[1].fd = other[0];
	is(poll(p, 2, 1000), 2, "two sockets");
	is(p[0].revents << 8 | p[1].revents, POLLIN << 8 | POLLOUT, "are told of as they are");
	p[1].fd = pair[0];
	close(pair[1]);
	is(poll(p, 2, 1000), 2, "a socket whose other end is gone");
	ok((p[0].revents & POLLHUP) != 0, "says so", "");
	return tap_end();
}

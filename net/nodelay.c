/*
 * nodelay - a connect() of our own in the executable. libESMTP writes in blocks of 2 KiB without TCP_NODELAY, so that each mail above 2 KiB waits 41 ms for a delayed
 * acknowledgement; it gives no access to its socket, but it calls connect(), and the executable's symbol comes first.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int
connect(int fd, const struct sockaddr *address, socklen_t length)
{
	int on = 1;

	if (address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return (int)syscall(SYS_connect, fd, address, length);
}

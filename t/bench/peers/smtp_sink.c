/*
 * smtp_sink - a mail server that takes whatever comes, counts it and keeps nothing: what a sender
 * costs without a server. One process, many connections; PIPELINING; no TLS.
 * Usage: smtp_sink PORT COUNT_FILE (the number of mails is written into the file, 8 bytes)
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 256, LINE = 2048, BLOCK = 1 << 16 };

struct client { char line[LINE]; size_t n; int in_data; };

static struct pollfd polled[CLIENTS + 1];
static struct client clients[CLIENTS + 1];
static nfds_t npolled = 1;
static volatile int64_t *count;

static void
answer(char *to, size_t *n, const char *words)
{
	memcpy(to + *n, words, strlen(words));
	*n += strlen(words);
}

/* 0 = the connection is to be closed. */
static int
take_line(struct client *c, char *out, size_t *n)
{
	if (c->in_data) {
		if (c->n != 3 || c->line[0] != '.')
			return 1;
		c->in_data = 0;
		++*count;
		answer(out, n, "250 2.0.0 taken\r\n");
	} else if (strncasecmp(c->line, "EHLO", 4) == 0) {
		answer(out, n, "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
	} else if (strncasecmp(c->line, "DATA", 4) == 0) {
		c->in_data = 1;
		answer(out, n, "354 go on\r\n");
	} else if (strncasecmp(c->line, "QUIT", 4) == 0) {
		answer(out, n, "221 2.0.0 bye\r\n");
		return 0;
	} else {
		answer(out, n, "250 2.0.0 ok\r\n");
	}
	return 1;
}

/* Of a line that is longer than any command only the length is kept. */
static int
serve(int fd, struct client *c)
{
	static char block[BLOCK], out[BLOCK];
	ssize_t got = read(fd, block, sizeof block);
	size_t n = 0;
	int open = got > 0;

	for (ssize_t i = 0; i < got && open; i++) {
		if (c->n < LINE)
			c->line[c->n++] = block[i];
		if (block[i] == '\n') {
			open = take_line(c, out, &n);
			c->n = 0;
		}
	}
	return write(fd, out, n) == (ssize_t)n && open;
}

static void
take_client(int listening)
{
	int fd = accept(listening, NULL, NULL), on = 1;

	if (fd < 0 || npolled > CLIENTS) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	polled[npolled] = (struct pollfd){ .fd = fd, .events = POLLIN };
	clients[npolled++] = (struct client){ .n = 0 };
	answer(clients[npolled - 1].line, &clients[npolled - 1].n, "220 sink ESMTP\r\n");
	if (write(fd, clients[npolled - 1].line, clients[npolled - 1].n) < 0)
		exit(1);
	clients[npolled - 1].n = 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int listening = socket(AF_INET, SOCK_STREAM, 0), on = 1, file;

	if (argc != 3 || (file = open(argv[2], O_RDWR | O_CREAT, 0600)) < 0)
		return 2;
	if (ftruncate(file, sizeof *count) < 0)
		return 1;
	count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	signal(SIGPIPE, SIG_IGN);
	if (bind(listening, (struct sockaddr *)&at, sizeof at) < 0 || listen(listening, 128) < 0)
		return 1;
	polled[0] = (struct pollfd){ .fd = listening, .events = POLLIN };
	while (poll(polled, npolled, -1) > 0) {
		for (nfds_t i = npolled; i-- > 1;)
			if (polled[i].revents != 0 && !serve(polled[i].fd, &clients[i])) {
				close(polled[i].fd);
				npolled--;
				polled[i] = polled[npolled];
				clients[i] = clients[npolled];
			}
		if (polled[0].revents != 0)
			take_client(listening);
	}
	return 1;
}

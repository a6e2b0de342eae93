/*
 * mail_bare - the floor of sending by SMTP: one connection, the commands of a mail in one write
 * (PIPELINING), one text that is in memory. It waits for the answer to a mail before it begins the
 * next, and notes nothing.
 * Usage: mail_bare PORT FILE FIRST COUNT (the text; the n of the recipients n@demo.example)
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char replies[4096];
static size_t kept;
static int fd;

/* Reads replies up to the n-th; each must begin with what is expected. */
static void
expect(const char *first, int n)
{
	while (n > 0) {
		char *end;
		ssize_t got;

		replies[kept] = '\0';
		if ((end = strstr(replies, "\r\n")) == NULL) {
			if ((got = read(fd, replies + kept, sizeof replies - kept - 1)) <= 0)
				exit(1);
			kept += (size_t)got;
			continue;
		}
		if (replies[3] == ' ') {
			if (replies[0] != *first) {
				fprintf(stderr, "%s", replies);
				exit(1);
			}
			first += n-- > 1;
		}
		end += 2;
		kept -= (size_t)(end - replies);
		memmove(replies, end, kept);
	}
}

static void
give(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done <= 0)
			exit(1);
		p += done;
		n -= (size_t)done;
	}
}

static size_t
read_all(const char *file, char *text, size_t most)
{
	FILE *f = fopen(file, "r");
	size_t n = f == NULL ? 0 : fread(text, 1, most, f);

	if (n == 0)
		exit(1);
	fclose(f);
	return n;
}

int
main(int argc, char **argv)
{
	static char text[1 << 20];
	struct sockaddr_in at = { .sin_family = AF_INET };
	char head[512];
	size_t n;
	int on = 1;

	if (argc != 5)
		return 2;
	n = read_all(argv[2], text, sizeof text - 8);
	memcpy(text + n, ".\r\n", 3);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return 1;
	expect("2", 1);
	give("EHLO bench\r\n", 12);
	expect("2", 1);
	for (long i = atol(argv[3]), end = i + atol(argv[4]); i < end; i++) {
		give(head, (size_t)snprintf(head, sizeof head, "MAIL FROM:<customerapi@localhost>"
		    "\r\nRCPT TO:<r%ld@demo.example>\r\nDATA\r\n", i));
		expect("223", 3);
		give(text, n + 3);
		expect("2", 1);
	}
	give("QUIT\r\n", 6);
	expect("2", 1);
	return 0;
}

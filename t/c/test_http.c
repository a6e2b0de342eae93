/* net/http against a server of a few lines, and addresses that must not be connected to; what room
 * on a disk is worth. */
#include "config.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/check/check.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "net/http.h"
#include "t/c/tap.h"

static unsigned port;

/* Answers by path: /big, /silent, /redirect, else 200 with the request itself. */
static void
serve(int listener)
{
	static char request[8192], big[70000];

	signal(SIGPIPE, SIG_IGN);
	memset(big, 'x', sizeof big);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		ssize_t n = fd < 0 ? -1 : read(fd, request, sizeof request - 1);

		if (n < 0)
			_exit(1);
		request[n] = '\0';
		if (strstr(request, "/silent") != NULL)
			sleep(5);
		else if (strstr(request, "/big") != NULL)
			dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%.*s",
			    sizeof big, (int)sizeof big, big);
		else if (strstr(request, "/redirect") != NULL)
			dprintf(fd,
			    "HTTP/1.1 302 Found\r\nLocation: "
			    "http://127.0.0.1:%u/big\r\nContent-Length: 0\r\n\r\n",
			    port);
		else if (dprintf(fd,
			     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
			     "%zd\r\n\r\n",
			     n) < 0 ||
		    write(fd, request, (size_t)n) != n)
			_exit(1);
		close(fd);
	}
}

static pid_t
start(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	if (bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 5) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		exit(1);
	port = ntohs(address.sin_port);
	if ((pid = fork()) == 0)
		serve(fd);
	close(fd);
	return pid;
}

static void
check(struct arena *a, const char *url, enum http_reach reach, const char *value, int want,
    const char *what)
{
	struct http_header header = { "X-Test", value };
	struct http_request q = { .method = "GET",
		.url = url,
		.headers = &header,
		.nheaders = 1,
		.reach = reach,
		.connect_s = 2,
		.total_s = 2,
		.reply_max = 65536 };
	struct err err = { 0 };
	struct http_reply reply;
	int rc = http_send(a, &q, &reply, &err);

	ok(rc == want, what, rc == want ? "" : err.detail);
	ok(strstr(err.detail, "canary") == NULL, "without what was sent", err.detail);
}

static void
check_answers(struct arena *a)
{
	const char *base = arena_printf(a, "http://127.0.0.1:%u", port);
	struct http_header headers[] = { { "X-Test", "one" }, { "X-Empty", "" } };
	struct http_request q = { .method = "POST",
		.url = arena_printf(a, "%s/a%%2Fb/../c?x=1", base),
		.headers = headers,
		.nheaders = 2,
		.body = "bo\0dy",
		.body_bytes = 5,
		.reach = HTTP_ANYWHERE,
		.connect_s = 2,
		.total_s = 2,
		.reply_max = 65536 };
	struct err err = { 0 };
	struct http_reply reply;

	ok(http_send(a, &q, &reply, &err) == 0 && reply.status == 200, "an answer", err.detail);
	ok(strncmp(reply.body, "POST /a%2Fb/../c?x=1 HTTP/1.1\r\n", 31) == 0,
	    "the path goes as it is", "");
	ok(strstr(reply.body, "\r\nX-Test: one\r\n") != NULL &&
		strstr(reply.body, "\r\nX-Empty:\r\n") != NULL,
	    "headers go", "");
	ok(strcmp(reply.content_type, "text/plain") == 0 && reply.certificate_until == USEC_NONE,
	    "a type, no certificate", "");
	q.url = arena_printf(a, "%s/redirect", base);
	ok(http_send(a, &q, &reply, &err) == 0 && reply.status == 302, "a redirect is not followed",
	    err.detail);
	check(a, arena_printf(a, "%s/big", base), HTTP_ANYWHERE, "1", ERR_TOO_LARGE,
	    "too long an answer");
	check(a, arena_printf(a, "%s/silent?canary", base), HTTP_ANYWHERE, "1", ERR_TIMEOUT,
	    "silence");
	check(a, base, HTTP_ANYWHERE, "1\r\nX-Other: canary", ERR_BAD_REQUEST,
	    "a line end in a header");
}

static void
check_addresses(struct arena *a)
{
	static const char *const closed[] = { "127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1",
		"169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
		"198.18.0.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
		"[2002:7f00:1::]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[2001:db8::1]",
		"2130706433", "0x7f.1", "localhost", NULL };

	for (const char *const *host = closed; *host != NULL; host++)
		check(a, arena_printf(a, "http://%s:%u/", *host, port), HTTP_PUBLIC_ONLY, "1",
		    ERR_BAD_REQUEST, arena_printf(a, "%s is not public", *host));
	check(a, "ftp://127.0.0.1/canary", HTTP_ANYWHERE, "1", ERR_BAD_REQUEST, "another scheme");
	check(a, arena_printf(a, "http://canary:canary@127.0.0.1:%u/", port), HTTP_ANYWHERE, "1",
	    ERR_BAD_REQUEST, "a password");
	check(a, "http://127.0.0.1:9/canary", HTTP_ANYWHERE, "1", ERR_TRANSIENT, "nobody there");
}

int
main(void)
{
	struct arena a = { 0 };
	pid_t pid = start();

	check_answers(&a);
	check_addresses(&a);
	ok(check_space(100ULL << 20, 1000ULL << 20) == CHECK_ERROR, "100 MiB are an error", "");
	ok(check_space(9ULL << 30, 1000ULL << 30) == CHECK_ERROR, "so is less than 1 %", "");
	ok(check_space(500ULL << 20, 1000ULL << 20) == CHECK_WARNING, "500 MiB are a warning", "");
	ok(check_space(40ULL << 30, 1000ULL << 30) == CHECK_WARNING, "so is less than 5 %", "");
	ok(check_space(100ULL << 30, 1000ULL << 30) == CHECK_OK, "10 % will do", "");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	arena_done(&a);
	return tap_end();
}

/*
 * mail_each - mails as a developer would send them with libcurl: a connection for each. The text is
 * read from a file; the n of a recipient n@demo.example and of its Message-ID is counted up.
 * Usage: mail_each URL CA FILE FIRST COUNT (CA "-": no TLS; CA is the PEM file of who signed the
 * server's certificate)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

struct text { char *at; size_t left; };

static size_t
give(char *to, size_t size, size_t n, void *arg)
{
	struct text *t = arg;
	size_t most = size * n < t->left ? size * n : t->left;

	memcpy(to, t->at, most);
	t->at += most;
	t->left -= most;
	return most;
}

static char *
read_all(const char *file)
{
	static char text[1 << 20];
	FILE *f = fopen(file, "r");

	if (f == NULL || fread(text, 1, sizeof text - 1, f) == 0)
		exit(1);
	fclose(f);
	return text;
}

static CURLcode
send_one(const char *url, const char *ca, char *body, long n)
{
	char to[64], head[128], all[1 << 16];
	struct curl_slist *list;
	struct text t = { .at = all };
	CURL *c = curl_easy_init();
	CURLcode rc;

	snprintf(to, sizeof to, "<r%ld@demo.example>", n);
	snprintf(head, sizeof head, "To: %s\r\nMessage-ID: <each.%ld@demo.example>\r\n", to, n);
	t.left = (size_t)snprintf(all, sizeof all, "%s%s", head, body);
	list = curl_slist_append(NULL, to);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, "<customerapi@localhost>");
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, list);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(c, CURLOPT_READDATA, &t);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	if (strcmp(ca, "-") != 0) {
		curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
		curl_easy_setopt(c, CURLOPT_CAINFO, ca);
	}
	rc = curl_easy_perform(c);
	curl_slist_free_all(list);
	curl_easy_cleanup(c);
	return rc;
}

int
main(int argc, char **argv)
{
	char *body;
	long first, count;

	if (argc != 6)
		return 2;
	body = read_all(argv[3]);
	first = atol(argv[4]);
	count = atol(argv[5]);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (long n = first; n < first + count; n++) {
		CURLcode rc = send_one(argv[1], argv[2], body, n);

		if (rc != CURLE_OK) {
			fprintf(stderr, "mail %ld: %s\n", n, curl_easy_strerror(rc));
			return 1;
		}
	}
	return 0;
}

/*
 * intake_probe - for t/41-intake.t: many threads put messages through one intake. Usage:
 * intake_probe THREADS EACH KEYS BODY_BYTES [BAD] KEYS 0 = no de-dup keys, else the messages share
 * that many. Each BAD-th message of a thread has an action that its column does not take. Prints
 * per message "receipt duplicate key" or "error CODE", at last a line with "#".
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/intake.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"

static struct intake intake;
static long each, keys, body_bytes, bad;
static char *body;

static void
message_fill(struct store_message *m, long key)
{
	*m = (struct store_message){
		.tenant_id = 1,
		.kind = STORE_MESSAGE_QUEUE,
		.source_id = 1,
		.platform = "Shopify",
		.entity = "Order",
		.action = "Insert",
		.email = "",
		.method = "POST",
		.uri = "/x",
		.headers = "{}",
		.body = body,
		.body_bytes = (size_t)body_bytes,
		.has_dedup = keys > 0,
	};
	secret_random(m->receipt, sizeof m->receipt);
	memcpy(m->dedup_key, &key, sizeof key);
}

static void *
client(void *arg)
{
	struct arena a = { 0 };

	for (long i = 0; i < each; i++) {
		long key = keys > 0 ? (*(long *)arg * each + i) % keys : 0;
		struct store_message m;
		struct store_put put;
		struct err err = { 0 };

		message_fill(&m, key);
		if (bad > 0 && i % bad == 0)
			m.action = arena_printf(&a, "%065d", 0);
		if (intake_put(&intake, &m, &put, &err) < 0)
			printf("error %s %u %s\n", err_name(err.code), err.native, err.detail);
		else
			printf("%s %d %ld\n", text_hex(&a, put.receipt, sizeof put.receipt),
			    put.duplicate, key);
		arena_reset(&a);
	}
	arena_done(&a);
	db_thread_end();
	return NULL;
}

static int
run(long threads)
{
	pthread_t *ids = calloc((size_t)threads, sizeof *ids);
	long *numbers = calloc((size_t)threads, sizeof *numbers);

	for (long i = 0; i < threads; i++) {
		numbers[i] = i;
		if (pthread_create(&ids[i], NULL, client, &numbers[i]) != 0)
			return 1;
	}
	for (long i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("# %llu groups, %llu messages\n", (unsigned long long)intake.groups,
	    (unsigned long long)intake.messages);
	free(ids);
	free(numbers);
	return 0;
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct conf conf;
	struct err err = { 0 };
	int rc;

	if (argc != 5 && argc != 6)
		return 2;
	each = atol(argv[2]);
	keys = atol(argv[3]);
	body_bytes = atol(argv[4]);
	bad = argc > 5 ? atol(argv[5]) : 0;
	body = calloc(1, (size_t)body_bytes + 1);
	db_library_init();
	if (conf_load(&conf, &a, NULL, &err) < 0) {
		fprintf(stderr, "%s\n", err.detail);
		return 2;
	}
	intake_init(&intake, &conf);
	rc = run(atol(argv[1]));
	intake_done(&intake);
	free(body);
	arena_done(&a);
	return rc;
}

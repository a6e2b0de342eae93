#include "config.h"

#include "scheduler/ladder.h"

#include <stdlib.h>

#include "lib/secret.h"

enum { LADDER_MAX = 32 };

usec_t
ladder_wait(const char *ladder, int attempt)
{
	long step = 60;
	unsigned random;
	char *end;

	for (int i = 0; i < attempt && i < LADDER_MAX; i++) {
		long next = strtol(ladder, &end, 10);

		if (end == ladder)
			break;
		step = next;
		ladder = end;
	}
	secret_random(&random, sizeof random);
	return step * USEC_SEC / 10 * 8 + (usec_t)(random % 1001) * step * USEC_SEC / 2500;
}

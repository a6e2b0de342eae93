/*
 * chance - numbers that look random and are the same in every run (xorshift). For tests and fuzz
 * doors.
 */
#ifndef T_C_CHANCE_H
#define T_C_CHANCE_H

#include <stdint.h>

#define CHANCE_SEED 2463534242u

static inline uint32_t
chance_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	return *state ^= *state << 5;
}

#endif

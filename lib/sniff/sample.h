/*
 * sample - what the files of sniff share: the pieces of the file that were read, and their rows.
 */
#ifndef LIB_SNIFF_SAMPLE_H
#define LIB_SNIFF_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/sniff/sniff.h"

enum { SAMPLES_MAX = 8 };

/* A piece of the file. All but the first begin behind a line end. */
struct sample {
	int64_t offset;
	const char *bytes;
	size_t n;
	int last;		/* it reaches the end of the file */
};

struct samples {
	struct sample s[SAMPLES_MAX];
	size_t n;
};

/* Rows of all samples in one dialect. */
struct sample_rows {
	const char *const **rows;	/* cells of those with the usual number of fields */
	size_t n, room;
	size_t fields;			/* the usual number */
	int64_t all, usual, faulty;	/* rows that were read; with that number; unreadable */
	int64_t first_line;		/* of the first sample's rows: where they begin */
};

int samples_read(struct samples *s, const struct byte_source *source, struct arena *a,
    struct err *err);

/* The character of ASCII at byte i, at which a character begins; 0 = it is another one. */
int sample_character(const struct sample *s, size_t i, enum encoding encoding);

/* Reads rows of the first sample, or of all. At most most rows of each. */
int sample_rows_read(const struct samples *s, size_t nsamples, const struct csv_dialect *dialect,
    int64_t most, struct arena *a, struct sample_rows *out, struct err *err);

/* Each sets its part of *out. */
void sniff_encoding(const struct samples *s, struct arena *a, struct sniff *out);
int sniff_dialect(const struct samples *s, struct arena *a, struct sniff *out, struct err *err);
void sniff_header(const struct sample_rows *rows, struct arena *a, struct sniff *out);
void sniff_columns(const struct sample_rows *rows, struct arena *a, struct sniff *out);

/* Adds a sentence. */
void sniff_say(struct sniff_words *w, struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What a value can be. */
enum {
	CAN_INTEGER = 1, CAN_NUMBER = 2, CAN_FLAG = 4, CAN_EMAIL = 8, CAN_PHONE = 16,
	CAN_COUNTRY = 32, CAN_DMY = 64, CAN_MDY = 128, CAN_YMD = 256, CAN_COMPACT = 512
};
unsigned sniff_value(const char *text);

/* The bit of a date's form. */
unsigned sniff_date_can(enum cell_date form);

#endif

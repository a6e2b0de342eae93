/*
 * import_match - whose file a sniffed file is: that of a preset whose map uses most of its columns,
 * or whose columns without names hold what this one's do.
 */
#ifndef MODEL_IMPORT_IMPORT_MATCH_H
#define MODEL_IMPORT_IMPORT_MATCH_H

struct arena;
struct sniff;

/* names: of the columns. NULL: nobody's. The arena is for work. */
const struct import_preset *import_match(
    struct arena *a, const struct sniff *s, const char *const *names);

#endif

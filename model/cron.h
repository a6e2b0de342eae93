/*
 * cron - translates the five fields of crontab(5) into the form of a schedule that means the same,
 * or says why no form does.
 *
 * It accepts numbers, lists, ranges, steps, the names of months and days, and the words @hourly,
 * @daily, @midnight, @weekly, @monthly, @yearly, @annually, as long as one form can express it.
 */
#ifndef MODEL_CRON_H
#define MODEL_CRON_H

struct arena;
struct json_object;

/* Returns NULL and sets *form (a name of model/schedule.h) and *fields, an object of the form's
 * fields that the caller puts. Otherwise returns the reason, in a, as the end of a sentence about
 * the text. */
const char *cron_read(struct arena *a, const char *text, const char **form,
    struct json_object **fields);

#endif

/*
 * cron - the five fields of crontab(5) as the form of a schedule that says the same, or why none
 * does.
 *
 * Taken are numbers, lists, ranges, steps, the names of months and days, and the words @hourly,
 * @daily,
 * @midnight, @weekly, @monthly, @yearly, @annually: whatever comes down to one form.
 */
#ifndef MODEL_CRON_H
#define MODEL_CRON_H

struct arena;
struct json_object;

/* NULL, *form (a name of model/schedule.h) and *fields, an object of the form's fields that the
 * caller puts; or the reason, in a, as the end of a sentence about the text. */
const char *cron_read(struct arena *a, const char *text, const char **form,
    struct json_object **fields);

#endif

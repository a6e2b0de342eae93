#include "config.h"

#include "lib/calendar_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"

enum { NAME_MAX_BYTES = 64, PATH_MAX_BYTES = 512 };

struct calendar_zone { GTimeZone *tz; };

/* A file of the zone data, found as GLib does. 0, or -1 when the name is too long. */
static int
zone_path(const char *name, char out[PATH_MAX_BYTES])
{
	const char *folder = getenv("TZDIR");

	return snprintf(out, PATH_MAX_BYTES, "%s/%s",
		   folder == NULL ? "/usr/share/zoneinfo" : folder, name) < PATH_MAX_BYTES ?
	    0 :
	    -1;
}

/* Refuses names that only GLib accepts: offsets and paths. */
static int
may_be_zone(const char *name)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	/* Not IANA zones: the machine's own setting, and the placeholder of a machine without
	 * one. */
	static const char *const no_zones[] = { "localtime", "posixrules", "Factory" };

	for (size_t i = 0; i < sizeof no_zones / sizeof no_zones[0]; i++)
		if (strcmp(name, no_zones[i]) == 0)
			return 0;
	/* Not zones of their own either; those under right/ count leap seconds. */
	if (strncmp(name, "posix/", 6) == 0 || strncmp(name, "right/", 6) == 0)
		return 0;
	return g_ascii_isalpha(name[0]) && strlen(name) <= NAME_MAX_BYTES &&
	    name[strspn(name, letters)] == '\0';
}

static int
has_file(const char *name)
{
	char path[PATH_MAX_BYTES];
	struct stat st;

	return zone_path(name, path) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int
calendar_zone_open(const char *name, struct calendar_zone **out, struct err *err)
{
	GTimeZone *tz = NULL;

	*out = NULL;
	if (may_be_zone(name) && has_file(name))
		tz = g_time_zone_new_identifier(name);
	if (tz == NULL)
		return err_set(err, ERR_BAD_REQUEST,
		    "There is no time zone \"%.64s\"; names are those of IANA, for example "
		    "Europe/Paris.",
		    name);
	*out = g_new(struct calendar_zone, 1);
	(*out)->tz = tz;
	return 0;
}

void
calendar_zone_close(struct calendar_zone **zone)
{
	if (*zone == NULL)
		return;
	g_time_zone_unref((*zone)->tz);
	g_free(*zone);
	*zone = NULL;
}

int
calendar_zone_exists(const char *name)
{
	struct calendar_zone *zone;
	int exists = calendar_zone_open(name, &zone, NULL) == 0;

	calendar_zone_close(&zone);
	return exists;
}

const char *
calendar_tzdata_version(struct arena *a)
{
	char line[64] = "", version[32] = "unknown", path[PATH_MAX_BYTES];
	FILE *f = zone_path("tzdata.zi", path) < 0 ? NULL : fopen(path, "re");

	if (f != NULL) {
		if (fgets(line, sizeof line, f) != NULL)
			sscanf(line, "# version %31[A-Za-z0-9.-]", version);
		fclose(f);
	}
	return arena_strdup(a, version);
}

/* ------------------------------------------------------------------ instants, wall time */

static int
interval_at(const struct calendar_zone *z, int64_t t)
{
	return g_time_zone_find_interval(z->tz, G_TIME_TYPE_UNIVERSAL, t);
}

int64_t
zone_offset(const struct calendar_zone *z, int64_t t)
{
	return g_time_zone_get_offset(z->tz, interval_at(z, t));
}

int64_t
zone_interval_end(const struct calendar_zone *z, int64_t from, int64_t to)
{
	int interval = interval_at(z, from);

	if (interval_at(z, to) == interval)
		return to;
	while (to - from > 1) {
		int64_t middle = from + (to - from) / 2;

		if (interval_at(z, middle) == interval)
			from = middle;
		else
			to = middle;
	}
	return to;
}

/* Walks the intervals around the wall time: no offset is more than a day from UTC, and a gap can be
 * a whole day (Apia, 2011). */
int64_t
zone_instant(const struct calendar_zone *z, int64_t wall)
{
	int64_t t = wall - 2 * DAY_S, last = wall + 2 * DAY_S;

	for (;;) {
		int64_t offset = zone_offset(z, t), end = zone_interval_end(z, t, last);

		if (wall - offset < end)
			return wall - offset > t ?
			    wall - offset :
			    t; /* the wall time is in the gap that ended at t */
		if (end == last)
			return wall - offset;
		t = end;
	}
}

usec_t
calendar_instant(const struct calendar_zone *zone, int64_t wall_s)
{
	return zone_instant(zone, wall_s) * USEC_SEC;
}

int
calendar_parse(const struct calendar_zone *zone, const char *text, usec_t *out)
{
	int has_offset;
	usec_t t;

	if (clock_parse(text, &t, &has_offset) < 0)
		return -1;
	*out = has_offset ? t : calendar_instant(zone, floor_div(t, USEC_SEC)) + t - floor_div(t,
	    USEC_SEC) * USEC_SEC;
	return 0;
}

int64_t
calendar_wall(const struct calendar_zone *zone, usec_t t)
{
	int64_t s = floor_div(t, USEC_SEC);

	return s + zone_offset(zone, s);
}

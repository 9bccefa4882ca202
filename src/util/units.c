#include "util/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <libutil.h>
#include <stdio.h>
#include <string.h>

#include "util/slice.h"
#include "util/util.h"

static const struct {
	char unit;
	int64_t seconds;
} durations[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

int
duration_parse(const char *s, int64_t *seconds)
{
	size_t len = strlen(s);
	uint64_t n;

	if (strcmp(s, "0") == 0) {
		*seconds = 0;
		return 0;
	}
	for (size_t i = 0; i < nitems(durations) && len > 1; i++)
		if (s[len - 1] == durations[i].unit &&
		    slice_number((struct slice){ s, len - 1 },
			(uint64_t)(INT32_MAX / durations[i].seconds), &n)) {
			*seconds = (int64_t)n * durations[i].seconds;
			return 0;
		}
	return -1;
}

const char *
duration_format(char out[static UNITS_MAX], int64_t seconds)
{
	size_t i = 0;

	while (seconds == 0 || seconds % durations[i].seconds != 0) {
		if (durations[i].seconds == 1)
			break;
		i++;
	}
	(void)snprintf(
	    out, UNITS_MAX, "%" PRId64 "%c", seconds / durations[i].seconds, durations[i].unit);
	return out;
}

/* Not by expand_number(3): libbsd's takes 0x10, 010 as octal, and "1Kx". */
int
size_parse(const char *s, uint64_t *bytes)
{
	static const char units[] = "kmg";
	size_t len = strlen(s);
	const char *unit = len > 0 ? strchr(units, tolower((unsigned char)s[len - 1])) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t n;

	if (!slice_number((struct slice){ s, len - (unit != NULL) }, INT64_MAX >> shift, &n))
		return -1;
	*bytes = n << shift;
	return 0;
}

const char *
size_format(char out[static UNITS_MAX], uint64_t bytes)
{
	static const char unit[] = "GMK";
	uint64_t one = 1024 * 1024 * 1024;

	for (size_t i = 0; unit[i] != '\0'; i++, one /= 1024)
		if (bytes > 0 && bytes % one == 0) {
			(void)snprintf(out, UNITS_MAX, "%" PRIu64 "%c", bytes / one, unit[i]);
			return out;
		}
	(void)snprintf(out, UNITS_MAX, "%" PRIu64, bytes);
	return out;
}

const char *
size_human(char out[static UNITS_MAX], uint64_t bytes)
{
	if (bytes > INT64_MAX || humanize_number(out, 5, (int64_t)bytes, "", HN_AUTOSCALE,
				     HN_DECIMAL | HN_B | HN_NOSPACE) == -1)
		(void)strlcpy(out, "?", UNITS_MAX);
	return out;
}

#include "mail/fromline.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mail/header.h"
#include "util/util.h"

/* The seconds that a date with a year of four digits can tell. */
#define YEAR_0000 INT64_C(-62167219200)
#define YEAR_10000 INT64_C(253402300800)

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

const char *
asctime_utc(char out[static ASCTIME_MAX], int64_t epoch)
{
	time_t t = epoch >= YEAR_0000 && epoch < YEAR_10000 ? (time_t)epoch : 0;
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };

	(void)gmtime_r(&t, &tm);
	/* our own names, not strftime(3)'s: those are in the user's language */
	(void)snprintf(out, ASCTIME_MAX, "%.3s %.3s %2d %02d:%02d:%02d %04d",
	    days + 3 * (tm.tm_wday % 7), months + 3 * (tm.tm_mon % 12), tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
	return out;
}

static void
find_sender(struct slice head, char sender[static ADDR_MAX])
{
	static const char *const fields[] = { "Return-Path", "Sender", "From" };
	struct slice value;

	for (size_t i = 0; i < nitems(fields); i++)
		if (header_find(head, fields[i], &value)) {
			if (addr_first(value, sender) > 0)
				return;
			if (i == 0)
				break; /* the null reverse-path: a bounce has no sender */
		}
	(void)strlcpy(sender, "MAILER-DAEMON", ADDR_MAX);
}

const char *
fromline_sender(char out[static ADDR_MAX], struct slice head)
{
	find_sender(head, out);
	for (char *p = out; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			*p = '-';
	return out;
}

size_t
fromline_format(char out[static FROMLINE_MAX], struct slice head, const char *date)
{
	char sender[ADDR_MAX];

	return (size_t)snprintf(
	    out, FROMLINE_MAX, "From %s %s\n", fromline_sender(sender, head), date);
}

static bool
is_date(struct slice s)
{
	static const char shape[] = "Aaa Aaa 99 99:99:99 9999";

	if (s.len != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		bool digit = c >= '0' && c <= '9';
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (shape[i] == '9'                      ? !digit && !(i == 8 && c == ' ')
		    : shape[i] == ' ' || shape[i] == ':' ? c != shape[i]
							 : !letter)
			return false;
	}
	return true;
}

bool
fromline_matches(struct slice text)
{
	struct slice line = slice_line(&text);

	if (line.len < 5 + 24 || !slice_skip(&line, "From "))
		return false;
	return is_date((struct slice){ line.p + line.len - 24, 24 });
}

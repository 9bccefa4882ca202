#include "deliver/envelope.h"

#include <string.h>
#include <strings.h>

#include "mail/header.h"
#include "util/util.h"

/* Whether the media type is multipart/report. */
static bool
is_report(struct slice head)
{
	struct slice value;

	if (!header_find(head, "Content-Type", &value))
		return false;
	value = slice_trim(value);
	return value.len >= strlen("multipart/report") &&
	       strncasecmp(value.p, "multipart/report", strlen("multipart/report")) == 0;
}

static bool
is_from_daemon(struct slice head)
{
	char from[ADDR_MAX];
	struct slice value;

	if (!header_find(head, "From", &value) || addr_first(value, from) == 0)
		return false;
	from[strcspn(from, "@")] = '\0';
	return strcasecmp(from, "MAILER-DAEMON") == 0;
}

/* Return-Path has the last word; a message of which it is not known may look like a bounce. */
static bool
is_bounce(struct slice head)
{
	char path[ADDR_MAX];
	struct slice value;

	if (header_find(head, "Return-Path", &value))
		return addr_first(value, path) == 0;
	return is_report(head) || is_from_daemon(head);
}

const char *
envelope_sender(struct slice head, const char *fixed, char out[static ADDR_MAX])
{
	static const char *const fields[] = { "Return-Path", "Sender", "From" };
	struct slice value;

	*out = '\0';
	if (is_bounce(head))
		return out;
	if (fixed != NULL) {
		if (strcmp(fixed, "<>") != 0)
			(void)strlcpy(out, fixed, ADDR_MAX);
		return out;
	}
	for (size_t i = 0; i < nitems(fields); i++)
		if (header_find(head, fields[i], &value) && addr_first(value, out) > 0 &&
		    strchr(out, '@') != NULL && addr_is_sendable(out))
			return out;
	*out = '\0';
	return out;
}

#include "mail/mboxrd.h"

#include <string.h>

#include "util/util.h"

static const char FROM[] = "From ";
#define FROM_LEN (sizeof(FROM) - 1)

void
mboxrd_init(struct mboxrd *q, bool plain)
{
	*q = (struct mboxrd){ .started = false, .last = true, .plain = plain };
}

/* Whether only ">" stand between at and the start of its line. */
static bool
begins_line(const struct mboxrd *q, struct slice in, size_t at)
{
	while (at > 0 && in.p[at - 1] == '>')
		at--;
	return at > 0 ? in.p[at - 1] == '\n' : !q->started;
}

static size_t
give_out(struct mboxrd *q, struct slice in, size_t len)
{
	if (len > 0) {
		q->started = !begins_line(q, in, len);
		q->last = in.p[len - 1] == '\n';
	}
	return len;
}

/* Where the next "From " begins, as far as it is there, that has only ">" before it in its line. */
static const char *
find_from(const struct mboxrd *q, struct slice in)
{
	const char *p = in.p, *end = in.p + in.len, *from;

	for (bool fresh = !q->started; p < end; fresh = true) {
		for (from = p; fresh && from < end && *from == '>'; from++)
			;
		if (fresh && memcmp(from, FROM, MIN((size_t)(end - from), FROM_LEN)) == 0)
			return from;
		if ((p = memchr(p, '\n', (size_t)(end - p))) == NULL)
			break;
		p++;
	}
	return NULL;
}

size_t
mboxrd_next(struct mboxrd *q, struct slice in, bool final, bool *quote)
{
	const char *from = q->plain ? NULL : find_from(q, in);
	size_t at;

	*quote = from != NULL && (size_t)(in.p + in.len - from) >= FROM_LEN;
	if (from == NULL || (final && !*quote))
		return give_out(q, in, in.len);
	at = give_out(q, in, (size_t)(from - in.p));
	q->started = q->started || *quote; /* quoted now: not again when the rest is given */
	return at;
}

bool
mboxrd_lacks_newline(const struct mboxrd *q)
{
	return !q->last;
}

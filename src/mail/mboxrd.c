#include "mail/mboxrd.h"

#include <string.h>

static const char FROM[] = "From ";
#define FROM_LEN (sizeof(FROM) - 1)

void
mboxrd_init(struct mboxrd *q)
{
	*q = (struct mboxrd){ .started = false, .last = true };
}

/* Whether only ">" stand between at and the start of its line. */
static bool
begins_line(const struct mboxrd *q, struct slice in, size_t at)
{
	while (at > 0 && in.p[at - 1] == '>')
		at--;
	return at > 0 ? in.p[at - 1] == '\n' : !q->started;
}

/* How many bytes at the end of in could be the beginning of a "From " to quote. */
static size_t
held_back(const struct mboxrd *q, struct slice in)
{
	size_t most = in.len < FROM_LEN - 1 ? in.len : FROM_LEN - 1;

	for (size_t n = most; n > 0; n--)
		if (memcmp(in.p + in.len - n, FROM, n) == 0)
			return begins_line(q, in, in.len - n) ? n : 0;
	return 0;
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

size_t
mboxrd_next(struct mboxrd *q, struct slice in, bool final, bool *quote)
{
	size_t at = 0;

	*quote = false;
	while (at < in.len) {
		const char *hit = memmem(in.p + at, in.len - at, FROM, FROM_LEN);

		if (hit == NULL)
			break;
		if (begins_line(q, in, (size_t)(hit - in.p))) {
			*quote = true;
			at = give_out(q, in, (size_t)(hit - in.p));
			q->started = true; /* quoted now: not again when the rest is given */
			return at;
		}
		at = (size_t)(hit - in.p) + FROM_LEN;
	}
	return give_out(q, in, in.len - (final ? 0 : held_back(q, in)));
}

bool
mboxrd_lacks_newline(const struct mboxrd *q)
{
	return !q->last;
}

#include "engine/msgset.h"

#include <inttypes.h>

#include "util/slice.h"
#include "util/text.h"

/* What the words are before they are settled; NUMBER_MAX stays below them. */
#define NEXT UINT32_MAX
#define LAST (UINT32_MAX - 1)
#define NUMBER_MAX (UINT32_MAX - 2)

static bool
parse_bound(struct slice word, uint32_t *out)
{
	uint64_t n;

	if (slice_equal(word, "next"))
		*out = NEXT;
	else if (slice_equal(word, "last") || slice_equal(word, "end"))
		*out = LAST;
	else if (slice_number(word, NUMBER_MAX, &n) && n > 0)
		*out = (uint32_t)n;
	else
		return false;
	return true;
}

/* Takes what stands before the first c (or all) off the front of *in, and the c. */
static struct slice
take_until(struct slice *in, char c)
{
	struct slice part = { in->p, 0 };

	while (part.len < in->len && part.p[part.len] != c)
		part.len++;
	in->p += part.len + (part.len < in->len);
	in->len -= part.len + (part.len < in->len);
	return part;
}

static bool
parse_item(struct slice word, struct msgset_item *item)
{
	struct slice rest = word, from = take_until(&rest, '-');

	item->single = from.len == word.len;
	if (!parse_bound(from, &item->from))
		return false;
	item->to = item->from;
	if (!item->single && !parse_bound(rest, &item->to))
		return false;
	/* whether those with words are the right way round, the mailbox decides */
	return item->from <= item->to || item->from > NUMBER_MAX || item->to > NUMBER_MAX;
}

int
msgset_parse(const char *text, struct msgset *s, struct error *e)
{
	struct slice rest = slice_str(text), word;
	char safe[TEXT_SAFE_MAX];
	bool more = true;

	for (s->n = 0; more; s->n++) {
		if (s->n == MSGSET_ITEMS)
			return error_set(
			    e, ERR_USAGE, "a set of messages has at most %d parts", MSGSET_ITEMS);
		word = take_until(&rest, ',');
		more = word.p + word.len != rest.p; /* there was a comma */
		if (!parse_item(word, &s->items[s->n]))
			return error_set(e, ERR_USAGE,
			    "\"%s\" is no set of messages: 3, 2-5, 4-end, next, last, or several "
			    "of these with commas between them",
			    text_safe(safe, slice_str(text)));
	}
	return 0;
}

static int
settle_bound(uint32_t *bound, uint32_t next, uint32_t last, struct error *e)
{
	if (*bound == NEXT && next == 0)
		return error_set(e, ERR_NOTHING, "there is no new message");
	if (*bound == NEXT)
		*bound = next;
	else if (*bound == LAST)
		*bound = last;
	return 0;
}

int
msgset_settle(struct msgset *s, uint32_t next, uint32_t last, struct error *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct msgset_item *item = &s->items[i];
		bool to_the_end = item->to == LAST && !item->single;

		if (settle_bound(&item->from, next, last, e) == -1 ||
		    settle_bound(&item->to, next, last, e) == -1)
			return -1;
		if (last == 0 && !to_the_end)
			return error_set(e, ERR_NOTHING, "there are no messages");
		if (item->to > last)
			return error_set(e, ERR_NOTHING,
			    "there is no message %" PRIu32 ": the last one is %" PRIu32, item->to,
			    last);
		if (item->from > item->to && !to_the_end)
			return error_set(e, ERR_NOTHING,
			    "there is nothing from message %" PRIu32 " to %" PRIu32, item->from,
			    item->to);
	}
	return 0;
}

bool
msgset_has(const struct msgset *s, uint32_t number)
{
	for (size_t i = 0; i < s->n; i++)
		if (number >= s->items[i].from && number <= s->items[i].to)
			return true;
	return false;
}

#include "state/intent.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"
#include "util/text.h"

struct intent *
intent_new(const char *target, int64_t epoch)
{
	struct intent *in = xcalloc(1, sizeof(*in));

	in->target = xstrdup(target);
	in->epoch = epoch;
	return in;
}

struct intent_item *
intent_add(struct intent *in, const char *key)
{
	struct intent_item *item;

	if (in->nitems == in->cap) {
		in->cap = in->cap == 0 ? 16 : in->cap * 2;
		in->items = xreallocarray(in->items, in->cap, sizeof(*in->items));
	}
	item = &in->items[in->nitems++];
	*item = (struct intent_item){ .key = xstrdup(key) };
	return item;
}

void
intent_free(struct intent *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->nitems; i++)
		free(in->items[i].key);
	free(in->items);
	free(in->target);
	free(in);
}

void
intent_format(struct buf *out, const struct intent *in)
{
	(void)buf_addf(out, "intent %" PRIu64 " ", in->n);
	(void)text_field(out, slice_str(in->target));
	(void)buf_addf(out, " %" PRId64 " %" PRIu64, in->epoch, in->offset);
	for (size_t i = 0; i < in->nitems; i++) {
		(void)buf_addch(out, ' ');
		(void)buf_addstr(out, in->items[i].key);
		(void)buf_addch(out, ':');
		(void)buf_addnum(out, in->items[i].length);
		(void)buf_addch(out, ':');
		(void)buf_addstr(out, in->items[i].digest);
	}
}

/* Splits at the last colon: keys may hold colons, lengths and digests do not. */
static bool
split_last(struct slice *in, struct slice *tail)
{
	const char *colon = memrchr(in->p, ':', in->len);

	if (colon == NULL)
		return false;
	*tail = (struct slice){ colon + 1, in->len - (size_t)(colon + 1 - in->p) };
	in->len = (size_t)(colon - in->p);
	return true;
}

static bool
parse_item(struct intent *in, struct slice word)
{
	struct slice length, digest;
	struct intent_item *item;
	uint64_t n;
	char *key;

	if (!split_last(&word, &digest) || !split_last(&word, &length) || word.len == 0 ||
	    digest.len >= DIGEST_HEX || !slice_number(length, INT64_MAX, &n))
		return false;
	key = xstrndup(word.p, word.len);
	item = intent_add(in, key);
	free(key);
	item->length = n;
	memcpy(item->digest, digest.p, digest.len);
	return true;
}

struct intent *
intent_parse(struct slice fields)
{
	struct slice n = slice_word(&fields), target = slice_word(&fields);
	struct slice epoch = slice_word(&fields), offset = slice_word(&fields);
	struct buf name = BUF_INIT(64 * 1024);
	struct intent *in = NULL;
	uint64_t number, when, where;

	if (!slice_number(n, INT64_MAX, &number) || !slice_number(epoch, INT64_MAX, &when) ||
	    !slice_number(offset, INT64_MAX, &where) || target.len == 0 ||
	    text_unfield(&name, target) == -1 || buf_addch(&name, '\0') == -1)
		goto out;
	in = intent_new(name.p, (int64_t)when);
	in->n = number;
	in->offset = where;
	while (fields.len > 0)
		if (!parse_item(in, slice_word(&fields))) {
			intent_free(in);
			in = NULL;
			break;
		}
out:
	buf_free(&name);
	return in;
}

#include "pop3/listing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"
#include "util/text.h"
#include "util/util.h"

#define TEXT_MAX (64 * MiB) /* of all UIDs: as many as there may be have 64 bytes each */

void
listing_init(struct listing *l)
{
	*l = (struct listing){ .text.max = TEXT_MAX };
}

void
listing_free(struct listing *l)
{
	free(l->entries);
	buf_free(&l->text);
	index_free(&l->index);
	listing_init(l);
}

static struct listing_entry *
add_entry(struct listing *l, uint32_t number)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 64 : l->cap + l->cap / 2;
		l->entries = xreallocarray(l->entries, l->cap, sizeof(*l->entries));
	}
	l->entries[l->n] = (struct listing_entry){ .number = number };
	return &l->entries[l->n++];
}

/* Takes the message number off a line "number rest". */
static bool
take_number(struct slice *line, uint32_t *number)
{
	uint64_t n;

	slice_skip_blanks(line);
	if (!slice_number(slice_word(line), UINT32_MAX, &n) || n == 0)
		return false;
	*number = (uint32_t)n;
	return true;
}

void
listing_uidl_line(struct listing *l, struct slice line)
{
	struct listing_entry *en;
	size_t at = l->text.len;
	uint32_t number;

	l->has_uids = true;
	if (!take_number(&line, &number) || line.len == 0 || l->n == LISTING_MAX ||
	    text_field(&l->text, line) == -1 || l->text.len - at > UINT16_MAX) {
		l->text.len = at;
		l->nonsense++;
		return;
	}
	en = add_entry(l, number);
	en->key = (uint32_t)at;
	en->key_len = en->uid_len = (uint16_t)(l->text.len - at);
}

/* Numbers ascend in every sane listing, so this finds most entries at the first look. */
static struct listing_entry *
find_number(struct listing *l, uint32_t number, size_t *hint)
{
	size_t low = 0, high = l->n;

	if (*hint < l->n && l->entries[*hint].number == number)
		return &l->entries[(*hint)++];
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->entries[mid].number == number) {
			*hint = mid + 1;
			return &l->entries[mid];
		}
		if (l->entries[mid].number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int
compare_numbers(const void *a, const void *b)
{
	const struct listing_entry *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key; /* the first of two lines wins */
}

static void
sort_by_number(struct listing *l)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 1; i < l->n && sorted; i++)
		sorted = l->entries[i - 1].number < l->entries[i].number;
	if (sorted)
		return;
	qsort(l->entries, l->n, sizeof(*l->entries), compare_numbers);
	for (size_t i = 0; i < l->n; i++) {
		if (kept > 0 && l->entries[kept - 1].number == l->entries[i].number)
			l->nonsense++;
		else
			l->entries[kept++] = l->entries[i];
	}
	l->n = kept;
}

void
listing_uidl_end(struct listing *l)
{
	sort_by_number(l);
}

void
listing_list_line(struct listing *l, struct slice line)
{
	static const uint64_t most = INT64_MAX;
	struct listing_entry *en;
	uint32_t number;
	uint64_t size;
	size_t hint;

	if (!take_number(&line, &number) || !slice_number(slice_word(&line), most, &size)) {
		l->nonsense++;
		return;
	}
	if (!l->has_uids) {
		if (l->n == LISTING_MAX)
			l->nonsense++;
		else
			add_entry(l, number)->size = size;
		return;
	}
	hint = l->list_hint;
	if ((en = find_number(l, number, &hint)) != NULL)
		en->size = size;
	else
		l->nonsense++;
	l->list_hint = hint;
}

void
listing_stat(struct listing *l, struct slice text)
{
	uint64_t n;

	if (slice_number(slice_word(&text), UINT32_MAX, &n))
		l->stat = n;
	if (slice_number(slice_word(&text), INT64_MAX, &n))
		l->octets = n;
}

struct slice
listing_key(const struct listing *l, const struct listing_entry *en)
{
	if (en->key_len == 0) /* and then there may be no text at all */
		return (struct slice){ "", 0 };
	return (struct slice){ l->text.p + en->key, en->key_len };
}

static struct slice
key_at(const void *owner, uint32_t at)
{
	const struct listing *l = owner;

	return listing_key(l, &l->entries[at]);
}

bool
listing_is_duplicate(const struct listing_entry *en)
{
	return en->uid_len != en->key_len;
}

/*
 * Gives a duplicate the key of the k-th message with its UID and size. Should the text be full, it
 * gets none, and is treated like a message of a server without UIDs.
 */
static void
give_own_key(struct listing *l, struct listing_entry *en, uint32_t k)
{
	size_t at = l->text.len;

	/* vis(3) doubles every backslash of a UID: what follows cannot be part of one */
	if (buf_reserve(&l->text, en->uid_len) == -1 ||
	    buf_append(&l->text, l->text.p + en->key, en->uid_len) == -1 ||
	    buf_addf(&l->text, "\\+%" PRIu64 "\\+%" PRIu32, en->size, k) == -1 ||
	    l->text.len - at > UINT16_MAX) {
		l->text.len = at;
		l->nonsense++;
		en->key_len = 0;
		return;
	}
	en->key = (uint32_t)at;
	en->key_len = (uint16_t)(l->text.len - at);
}

/*
 * Finds the first entry with each UID. Where there are duplicates, returns an array with a 1 for
 * each of them, else NULL.
 */
static uint32_t *
find_duplicates(struct listing *l)
{
	uint32_t *twins = NULL;

	for (uint32_t i = 0; i < l->n; i++) {
		uint32_t first = index_add(&l->index, i);

		l->entries[i].first = first;
		if (first == i)
			continue;
		if (twins == NULL)
			twins = xcalloc(l->n, sizeof(*twins));
		twins[first] = twins[i] = 1;
	}
	return twins;
}

/* From here on twins[i] counts the duplicates that share the UID and the size of entry i. */
static void
rename_duplicates(struct listing *l, uint32_t *twins)
{
	index_free(&l->index);
	index_init(&l->index, key_at, l);
	for (uint32_t i = 0; i < l->n; i++) {
		struct listing_entry *en = &l->entries[i];
		uint32_t first;

		if (twins[i] > 0) {
			give_own_key(l, en, 1);
			first = index_find(&l->index, listing_key(l, en));
			if (first != INDEX_NONE)
				give_own_key(l, en, ++twins[first]);
		}
		if (en->key_len > 0)
			index_add(&l->index, i);
	}
}

void
listing_end(struct listing *l)
{
	uint32_t *twins;

	index_init(&l->index, key_at, l);
	if (!l->has_uids) {
		sort_by_number(l);
	} else if ((twins = find_duplicates(l)) != NULL) {
		rename_duplicates(l, twins);
		free(twins);
	}
}

const struct listing_entry *
listing_find(const struct listing *l, struct slice key)
{
	uint32_t at = index_find(&l->index, key);

	return at == INDEX_NONE ? NULL : &l->entries[at];
}

/*
 * The state file. Opening it changes nothing but a torn end; what is known of a message stays known
 * while others are appended, and when the file is compacted. The first byte says what is done.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state/journalfile.h"
#include "util/text.h"

#define KEYS_MAX 64
#define DIGEST "0123456789abcdef0123456789abcdef"
#define TARGET "mbox:/in box"

enum { READ_ONLY = 1, APPEND = 2, COMPACT = 4 };

/* What a journal says of one key. */
struct known {
	char *key;
	enum journal_kind kind;
	int64_t epoch;
	uint64_t count;
	char *detail;
	bool part;
};

struct all_known {
	struct known list[KEYS_MAX];
	size_t n, intents, total;
	char *server;
};

static void
forget(struct all_known *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->list[i].key);
		free(all->list[i].detail);
	}
	free(all->server);
	*all = (struct all_known){ .n = 0 };
}

static void
learn_key(struct journal *j, struct slice key, struct all_known *all)
{
	struct known *k = &all->list[all->n];
	struct journal_record r;

	if (all->n == KEYS_MAX || key.len == 0)
		return;
	r = journal_find(j, key);
	*k = (struct known){ fuzz_string(key), r.kind, r.epoch, r.count, fuzz_string(r.detail),
		journal_has_part(j, key, TARGET) };
	all->n++;
}

/* What it says of the words that are second in a line of the text. */
static void
learn(struct journal *j, struct slice text, struct all_known *all)
{
	const struct intent *in;

	while (text.len > 0) {
		struct slice line = slice_line(&text), key;

		(void)slice_word(&line);
		key = slice_word(&line);
		if (key.len == 0 || memchr(key.p, '\0', key.len) == NULL)
			learn_key(j, key, all);
	}
	TAILQ_FOREACH(in, journal_unfinished(j), link)
		all->intents++;
	all->total = journal_count(j);
	all->server = fuzz_string(journal_server(j));
}

static void
check_same(const struct known *a, const struct known *b)
{
	CHECK(strcmp(a->key, b->key) == 0 && a->kind == b->kind);
	if (a->kind == JOURNAL_SEEN || a->kind == JOURNAL_FAIL)
		CHECK(a->epoch == b->epoch && a->count == b->count);
	if (a->kind != JOURNAL_UNKNOWN)
		CHECK(strcmp(a->detail, b->detail) == 0);
	else
		CHECK(a->part == b->part); /* of what is seen nobody asks that */
}

static void
check_all_same(const struct all_known *a, const struct all_known *b)
{
	CHECK(a->n == b->n && a->intents == b->intents && a->total == b->total);
	CHECK(strcmp(a->server, b->server) == 0);
	for (size_t i = 0; i < a->n; i++)
		check_same(&a->list[i], &b->list[i]);
}

/* ---- the file ---- */

static struct journal *
open_again(const char *path, bool read_only)
{
	struct error e = { .cls = ERR_OK };
	struct journal *j = journal_open(path, read_only, false, &e);

	CHECK(j != NULL && e.cls == ERR_OK);
	return j;
}

/* Whether the first line has no end, or a NUL in it. */
static bool
is_torn(struct slice tail)
{
	struct slice line = slice_line(&tail);

	return line.p + line.len == tail.p || memchr(line.p, '\0', line.len) != NULL;
}

/*
 * What is there when it was opened: all of it, but for a last line without its end, and for what
 * is behind a NUL.
 */
static void
check_file(const char *path, struct slice before, bool changed)
{
	struct buf after = BUF_INIT(0);
	struct slice tail = before;

	CHECK(fuzz_read(path, &after));
	if (changed && after.len > 0 && fuzz_contains(buf_slice(&after), HEADER) &&
	    memchr(before.p, '\n', before.len) == NULL) {
		CHECK(
		    slice_equal(buf_slice(&after), HEADER)); /* a new one, or torn in its header */
		CHECK(memcmp(before.p, HEADER,
			  MIN(strnlen(before.p, before.len), sizeof(HEADER) - 1)) == 0);
	} else {
		CHECK(slice_same(fuzz_take(&tail, after.len), buf_slice(&after)));
		CHECK(changed || tail.len == 0);
		CHECK(tail.len == 0 || after.len == 0 || after.p[after.len - 1] == '\n');
		CHECK(is_torn(tail));
	}
	buf_free(&after);
}

/* ---- what is done with it ---- */

static void
append(const char *path, const struct all_known *was)
{
	struct error e = { .cls = ERR_OK };
	struct journal *j = open_again(path, false);
	struct intent *in = intent_new(TARGET, 1700000000);
	struct journal_record r;
	const struct intent *last;

	(void)intent_add(in, "new:1");
	journal_seen(j, "new:1", 1700000000);
	journal_fail(j, "new:2", 3, 1700000001, "it said \"no\"\n");
	journal_skip(j, "new:3", DIGEST);
	journal_part(j, "new:4", TARGET);
	journal_intent(j, in);
	CHECK(journal_sync(j, &e) == 0);
	journal_close(j);
	intent_free(in);

	j = open_again(path, false);
	CHECK(journal_find(j, slice_str("new:1")).kind == JOURNAL_SEEN);
	r = journal_find(j, slice_str("new:2"));
	CHECK(r.kind == JOURNAL_FAIL && r.count == 3 && r.epoch == 1700000001);
	CHECK(slice_equal(journal_find(j, slice_str("new:3")).detail, DIGEST));
	CHECK(journal_has_part(j, slice_str("new:4"), TARGET));
	last = TAILQ_LAST(journal_unfinished(j), intent_list);
	CHECK(last != NULL && last->nitems == 1 && strcmp(last->items[0].key, "new:1") == 0);
	for (size_t i = 0; i < was->n; i++)
		if (strncmp(was->list[i].key, "new:", 4) != 0) {
			struct all_known now = { .n = 0 };

			learn_key(j, slice_str(was->list[i].key), &now);
			check_same(&was->list[i], &now.list[0]);
			forget(&now);
		}
	journal_done(j, last->n);
	CHECK(journal_sync(j, &e) == 0);
	journal_close(j);
}

static bool
keep_all(void *ctx, struct slice key)
{
	(void)ctx;
	CHECK(key.len > 0);
	return true;
}

static void
compact(const char *path, struct slice text)
{
	struct error e = { .cls = ERR_OK };
	struct journal *j = open_again(path, false);
	struct all_known was = { .n = 0 }, is = { .n = 0 };

	learn(j, text, &was);
	(void)journal_is_stale(j, was.n);
	if (j->has_unknown) { /* such a one is never compacted */
		journal_close(j);
		forget(&was);
		return;
	}
	CHECK(journal_compact(j, keep_all, NULL, &e) == 0);
	journal_close(j);
	j = open_again(path, false);
	CHECK(!j->has_unknown);
	learn(j, text, &is);
	check_all_same(&was, &is);
	journal_close(j);
	forget(&was);
	forget(&is);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_input(data, size);
	unsigned flags = fuzz_byte(&text);
	const char *path = fuzz_path("journal");
	struct error e = { .cls = ERR_OK };
	struct all_known known = { .n = 0 };
	struct journal *j;

	fuzz_write(path, text);
	j = journal_open(path, (flags & READ_ONLY) != 0, false, &e);
	CHECK_RESULT(j != NULL ? 0 : -1, &e);
	if (j == NULL) {
		check_file(path, text, false);
		return 0;
	}
	check_file(path, text, (flags & READ_ONLY) == 0);
	learn(j, text, &known);
	journal_close(j);
	if ((flags & APPEND) != 0)
		append(path, &known);
	if ((flags & COMPACT) != 0)
		compact(path, text);
	forget(&known);
	return 0;
}

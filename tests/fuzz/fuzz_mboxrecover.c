/*
 * Recovery of an mbox, against a second reading of what it may do. A delivery is made for real;
 * then the file is what a crash, and other programs, may have made of it. Or the intent itself is
 * whatever the journal says.
 *
 * The first bytes are: flags; three lengths, of what was in the file before and of two messages;
 * where the delivery was cut short (two bytes); how many NULs follow. What is left of the input is
 * what some other program has appended.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "deliver/mbox.h"
#include "deliver/mboxdigest.h"
#include "mail/fromline.h"
#include "util/text.h"

#define EPOCH 1700000000
#define FILE_MAX MiB

enum { ANY_INTENT = 1, NULS_FIRST = 2, ONE_MESSAGE = 4 };

static struct deliver_params params = { .mbox_lock = MBOX_LOCK_FCNTL, .timeout_ms = 1000 };

/* What is known when recovery begins. */
struct scene {
	const char *path;
	struct dest *to;
	struct intent *in;
	struct buf before, whole; /* what the file was, and would have become */
	struct buf text;          /* what it is */
	bool *arrived;
};

/* ---- making it ---- */

static void
put(struct delivery *d, struct slice text, struct message *m)
{
	struct error e = { .cls = ERR_OK };
	static char key[] = "key";

	*m = (struct message){ .key = key, .length = text.len, .head = text, .fd = -1 };
	CHECK(d->kind->put(d, m, &e) == 0);
}

static void
deliver(struct scene *s, struct slice one, const struct slice *two)
{
	struct error e = { .cls = ERR_OK };
	struct delivery *d = s->to->kind->open(s->to, &params, &e);
	struct message m[2];

	CHECK(d != NULL);
	put(d, one, &m[0]);
	if (two != NULL)
		put(d, *two, &m[1]);
	CHECK(d->kind->prepare(d, s->in, &e) == 0);
	CHECK(d->kind->commit(d, &e) == 0);
	d->kind->close(d);
	CHECK(fuzz_read(s->path, &s->whole));
}

/* Up to a cut the file is as the delivery makes it. */
static void
crash(struct scene *s, size_t cut, size_t nuls, bool nuls_first, struct slice tail)
{
	static const char zeros[256];

	(void)buf_append(&s->text, s->whole.p, MIN(cut, s->whole.len));
	if (nuls_first)
		(void)buf_append(&s->text, zeros, nuls);
	(void)buf_append(&s->text, tail.p, tail.len);
	if (!nuls_first)
		(void)buf_append(&s->text, zeros, nuls);
	fuzz_write(s->path, buf_slice(&s->text));
}

/* ---- what it may do ---- */

static struct slice
from(struct slice text, uint64_t at)
{
	(void)fuzz_take(&text, (size_t)MIN(at, text.len));
	return text;
}

static uint64_t
first_message(const struct scene *s)
{
	struct slice text = buf_slice(&s->text);
	uint64_t size = s->in->offset;

	if (size == 0 || (text.p[size - 1] == '\n' && (size == 1 || text.p[size - 2] == '\n')))
		return size;
	return size + (text.p[size - 1] == '\n' ? 1 : 2);
}

/* The head with the empty line that ends it; all, where there is none. */
static struct slice
head_of(struct slice text, bool *has)
{
	const char *end = text.len > 0 ? memmem(text.p, text.len, "\n\n", 2) : NULL;

	*has = end != NULL;
	return (struct slice){ text.p, end != NULL ? (size_t)(end + 2 - text.p) : text.len };
}

static bool
is_item(const struct intent_item *item, struct slice text)
{
	struct mboxdigest m;
	char digest[DIGEST_HEX];

	mboxdigest_init(&m);
	if (text.len > 0)
		mboxdigest_add(&m, text);
	(void)mboxdigest_end(&m, digest);
	mboxdigest_free(&m);
	return strcmp(digest, item->digest) == 0;
}

/* Whether a delivery of ours can have begun like that: "From ", a word, the date of the intent. */
static bool
has_our_beginning(struct slice text, int64_t epoch)
{
	char date[ASCTIME_MAX + 2];
	struct slice line = slice_line(&text);
	bool cut = line.p + line.len == text.p;
	const char *blank;

	if (line.len < 5)
		return cut && memcmp("From ", line.p, line.len) == 0;
	if (memcmp("From ", line.p, 5) != 0)
		return false;
	(void)fuzz_take(&line, 5);
	if ((blank = memchr(line.p, ' ', line.len)) == NULL)
		return cut;
	(void)fuzz_take(&line, (size_t)(blank - line.p) + 1);
	(void)asctime_utc(date, epoch);
	return line.len <= strlen(date) && memcmp(date, line.p, line.len) == 0 &&
	       (cut || line.len == strlen(date));
}

/* What is cut off must be no other program's: it is part of this message, or no whole one. */
static void
check_cut(const struct scene *s, size_t k, struct slice cut, struct slice ours)
{
	uint64_t most = 0;
	struct slice head;
	bool has;

	CHECK(k < s->in->nitems);
	for (size_t i = k; i < s->in->nitems; i++)
		most += s->in->items[i].length;
	CHECK(cut.len <= most);
	while (cut.len > 0 && cut.p[cut.len - 1] == '\0')
		cut.len--;
	CHECK(cut.len < s->in->items[k].length);
	if (cut.len == 0)
		return;
	CHECK(has_our_beginning(cut, s->in->epoch) && !fuzz_contains(cut, "\nFrom "));
	head = head_of(cut, &has);
	if (has && ours.p != NULL)
		CHECK(slice_same(head, head_of(ours, &has)));
}

/*
 * Which messages have arrived is known byte for byte if the delivery was ours (whole.p is there),
 * else by digest; what is left follows.
 */
static void
check_recovery(const struct scene *s, struct slice after)
{
	struct slice text = buf_slice(&s->text), ours = { NULL, 0 };
	uint64_t at = s->in->offset;
	bool known = s->whole.p != NULL;
	size_t k = 0;

	CHECK(after.len <= text.len && slice_same((struct slice){ text.p, after.len }, after));
	if (text.len > s->in->offset)
		at = first_message(s);
	for (; k < s->in->nitems && text.len > at; k++) {
		const struct intent_item *item = &s->in->items[k];
		struct slice here = from(text, at);

		if (here.len < item->length)
			break;
		here.len = (size_t)item->length;
		if (known ? !slice_same(here, fuzz_take(&(struct slice){ s->whole.p + at,
							    s->whole.len - (size_t)at },
						  here.len))
			  : !is_item(item, here))
			break;
		at += item->length;
	}
	for (size_t i = 0; i < s->in->nitems; i++)
		CHECK(s->arrived[i] == (i < k));
	if (known && k < s->in->nitems)
		ours = from(buf_slice(&s->whole), at);
	if (after.len < text.len) {
		CHECK(after.len == (k == 0 ? s->in->offset : at) && text.len > at);
		check_cut(s, k, from(text, at), ours);
	} else if (known && k < s->in->nitems && text.len > at) {
		struct slice rest = from(text, at), next = rest;

		(void)fuzz_take(&next, 1); /* a crash of ours, and nothing else: taken back */
		CHECK(rest.len >= s->in->items[k].length || memcmp(rest.p, ours.p, rest.len) != 0 ||
		      fuzz_contains(next, "From "));
	}
}

static void
recover(struct scene *s)
{
	struct error e = { .cls = ERR_OK };
	struct buf after = BUF_INIT(0);

	s->arrived = calloc(s->in->nitems + 1, sizeof(*s->arrived));
	CHECK(s->arrived != NULL);
	CHECK_RESULT(s->to->kind->recover(s->to, &params, s->in, s->arrived, &e), &e);
	CHECK(e.cls == ERR_OK);
	CHECK(fuzz_read(s->path, &after));
	check_recovery(s, buf_slice(&after));
	buf_free(&after);
	free(s->arrived);
}

/* ---- scenes ---- */

static void
try_delivery(struct scene *s, unsigned flags, struct slice in)
{
	size_t lengths[] = { fuzz_byte(&in), fuzz_byte(&in), fuzz_byte(&in) };
	size_t cut = fuzz_byte(&in) * (size_t)256, nuls;
	struct slice before, one, two;

	cut += fuzz_byte(&in);
	nuls = fuzz_byte(&in);
	before = fuzz_take(&in, lengths[0]);
	one = fuzz_take(&in, lengths[1]);
	two = fuzz_take(&in, lengths[2]);
	fuzz_write(s->path, before);
	s->in = intent_new(s->to->name, EPOCH);
	deliver(s, one, (flags & ONE_MESSAGE) != 0 ? NULL : &two);
	crash(s, cut, nuls, (flags & NULS_FIRST) != 0, in);
	recover(s);
}

static void
try_intent(struct scene *s, struct slice in)
{
	struct slice fields = slice_line(&in);

	if ((s->in = intent_parse(fields)) == NULL)
		return;
	(void)buf_append(&s->text, in.p, in.len);
	fuzz_write(s->path, in);
	recover(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	unsigned flags = fuzz_byte(&in);
	struct scene s = { .path = fuzz_path("inbox"), .text = BUF_INIT(FILE_MAX) };

	s.to = dest_new(deliver_kind_find("mbox"), s.path);
	if ((flags & ANY_INTENT) != 0)
		try_intent(&s, in);
	else
		try_delivery(&s, flags, in);
	intent_free(s.in);
	dest_free(s.to);
	buf_free(&s.text);
	buf_free(&s.whole);
	return 0;
}

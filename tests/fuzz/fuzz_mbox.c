/*
 * A message on its ways: off the wire by POP3, into an mbox, onward by SMTP. Each is undone here by
 * other code, and must give back the message.
 *
 * The first byte is the size of the pieces, the second one says how much stands in front of the
 * message in a large one, so that the borders of its chunks fall into it.
 */
#include "fuzz.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deliver/mboxdigest.h"
#include "deliver/mboxform.h"
#include "mail/fromline.h"
#include "mail/stuff.h"
#include "mail/unstuff.h"

#define DATE "Tue Nov 14 22:13:20 2023"
#define TEXT_MAX (4 * MiB)

static void
add(struct buf *out, struct slice bytes)
{
	CHECK(buf_append(out, bytes.p, bytes.len) == 0);
}

/* ---- as it stands in an mbox ---- */

struct gather {
	struct mboxform_sink sink;
	struct buf *out;
};

static int
gather_piece(struct mboxform_sink *s, struct slice bytes, struct error *e)
{
	(void)e;
	CHECK(bytes.len > 0);
	add(((struct gather *)s)->out, bytes);
	return 0;
}

static void
render(const struct message *m, struct slice from_line, struct buf *out)
{
	struct gather g = { { gather_piece, NULL }, out };
	struct error e = { .cls = ERR_OK };

	out->len = 0;
	CHECK(mboxform_write(m, from_line, &g.sink, &e) == 0 && e.cls == ERR_OK);
}

/* How many ">" stand before a "From " that begins the line; -1: it has none. */
static int
quotes_of(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.p[n] == '>')
		n++;
	return line.len - n >= 5 && memcmp(line.p + n, "From ", 5) == 0 ? (int)n : -1;
}

/* What a reader of mboxrd makes of it: the text without quotes and the empty line at its end. */
static void
undo(struct slice text, struct slice from_line, struct buf *out)
{
	CHECK(slice_same(fuzz_take(&text, from_line.len), from_line));
	CHECK(text.len > 0 && text.p[text.len - 1] == '\n');
	text.len--;
	while (text.len > 0) {
		struct slice all = text, line = slice_line(&text);
		int quotes = quotes_of(line);

		CHECK(quotes != 0);
		(void)fuzz_take(&all, quotes > 0 ? 1 : 0);
		add(out, fuzz_take(&all, all.len - text.len));
	}
}

/* The digest does not depend on where the bytes are cut. */
static void
check_digest(struct slice text, size_t piece)
{
	char whole[DIGEST_HEX], parts[DIGEST_HEX];
	struct mboxdigest m;

	mboxdigest_init(&m);
	mboxdigest_add(&m, text);
	(void)mboxdigest_end(&m, whole);
	while (text.len > 0)
		mboxdigest_add(&m, fuzz_take(&text, piece));
	(void)mboxdigest_end(&m, parts);
	mboxdigest_free(&m);
	CHECK(strcmp(whole, parts) == 0);
}

/* plain: whether the wire has shown that there is nothing to quote. */
static void
check_mbox(const struct message *m, struct slice text, bool plain)
{
	char line[FROMLINE_MAX];
	struct slice from_line = { line, fromline_format(line, m->head, DATE) };
	struct buf rendered = BUF_INIT(TEXT_MAX), back = BUF_INIT(TEXT_MAX);
	struct message same = *m;

	render(m, from_line, &rendered);
	undo(buf_slice(&rendered), from_line, &back);
	if (text.len > 0 && text.p[text.len - 1] != '\n') {
		CHECK(back.len > 0 && back.p[back.len - 1] == '\n');
		back.len--;
	}
	CHECK(slice_same(buf_slice(&back), text));
	same.plain = plain;
	render(&same, from_line, &back);
	CHECK(slice_same(buf_slice(&back), buf_slice(&rendered)));
	buf_free(&rendered);
	buf_free(&back);
}

/* The same message in a file, of which only the head is in memory. */
static void
check_large(struct slice text, size_t in_front, size_t head)
{
	static int fd = -1;
	static char front[MESSAGE_CHUNK];
	struct buf all = BUF_INIT(TEXT_MAX);
	struct message m;

	if (fd == -1 && (fd = memfd_create("message", MFD_CLOEXEC)) == -1)
		err(1, "memfd_create");
	memset(front, '>', sizeof(front));
	add(&all, (struct slice){ front, sizeof(front) - in_front });
	add(&all, text);
	CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, all.p, all.len, 0) == (ssize_t)all.len);
	m = (struct message){ .length = all.len, .head = { all.p, MIN(head, all.len) }, .fd = fd };
	check_mbox(&m, buf_slice(&all), false);
	buf_free(&all);
}

/* ---- by POP3 ---- */

/* Returns what is left of the wire's bytes behind the end; out gets the message. */
static struct slice
unstuff_all(struct unstuff *u, struct slice wire, size_t piece, struct buf *out)
{
	while (wire.len > 0 && !u->end) {
		struct slice in = { wire.p, MIN(piece, wire.len) };
		char *exact = malloc(in.len + UNSTUFF_SLACK);
		size_t len, used;

		CHECK(exact != NULL);
		used = unstuff(u, in, exact, &len);
		CHECK(used == in.len || u->end);
		CHECK(len <= in.len + UNSTUFF_SLACK);
		add(out, (struct slice){ exact, len });
		free(exact);
		(void)fuzz_take(&wire, used);
	}
	return wire;
}

/* A server that stuffs as it should. */
static void
put_on_wire(struct slice text, struct buf *wire)
{
	while (text.len > 0) {
		struct slice line = slice_line(&text);

		if (line.len > 0 && *line.p == '.')
			CHECK(buf_addch(wire, '.') == 0);
		add(wire, line);
		CHECK(buf_addstr(wire, "\r\n") == 0);
	}
	CHECK(buf_addstr(wire, ".\r\n+OK") == 0);
}

/* Comes back as it was, but for the CR of a CRLF and a missing end; whether it is plain. */
static bool
check_pop3(struct slice text, size_t piece)
{
	struct buf wire = BUF_INIT(TEXT_MAX), back = BUF_INIT(TEXT_MAX);
	struct slice rest;
	struct unstuff u;

	put_on_wire(text, &wire);
	unstuff_init(&u, false);
	rest = unstuff_all(&u, buf_slice(&wire), piece, &back);
	CHECK(u.end && slice_equal(rest, "+OK"));
	if (text.len > 0 && text.p[text.len - 1] != '\n') {
		CHECK(back.len > 0);
		back.len--;
	}
	CHECK(slice_same(buf_slice(&back), text));
	buf_free(&wire);
	buf_free(&back);
	return !u.from;
}

/* Whatever comes over the wire is the same message in whatever pieces it comes. */
static void
check_wire(struct slice wire, size_t piece, bool lf_only)
{
	struct buf whole = BUF_INIT(TEXT_MAX), parts = BUF_INIT(TEXT_MAX);
	struct unstuff u, v;
	struct message m;

	unstuff_init(&u, lf_only);
	unstuff_init(&v, lf_only);
	CHECK(slice_same(
	    unstuff_all(&u, wire, SIZE_MAX, &whole), unstuff_all(&v, wire, piece, &parts)));
	CHECK(u.end == v.end && slice_same(buf_slice(&whole), buf_slice(&parts)));
	m = (struct message){ .length = whole.len, .head = buf_slice(&whole), .fd = -1 };
	check_mbox(&m, m.head, !u.from);
	check_mbox(&m, m.head, !v.from);
	buf_free(&whole);
	buf_free(&parts);
}

/* ---- by SMTP ---- */

/* What a server makes of it: lines end in CRLF, no dot stands alone but the last one. */
static void
unstuff_smtp(struct slice wire, struct buf *out)
{
	for (bool end = false; !end;) {
		struct slice line = slice_line(&wire);

		CHECK(line.len > 0 && line.p[line.len - 1] == '\r');
		line.len--;
		CHECK(line.len == 0 || memchr(line.p, '\r', line.len) == NULL);
		end = slice_equal(line, ".");
		if (line.len > 0 && *line.p == '.')
			(void)fuzz_take(&line, 1);
		add(out, line);
		if (!end)
			CHECK(buf_addstr(out, "\r\n") == 0);
	}
	CHECK(wire.len == 0);
}

/* What it should be: every CR, LF and CRLF ends a line, and so does the end. */
static void
normalise(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		bool cr = text.p[i] == '\r', lf = text.p[i] == '\n';

		if (lf && i > 0 && text.p[i - 1] == '\r')
			continue;
		CHECK(cr || lf ? buf_addstr(out, "\r\n") == 0 : buf_addch(out, text.p[i]) == 0);
	}
	if (out->len > 0 && out->p[out->len - 1] != '\n')
		CHECK(buf_addstr(out, "\r\n") == 0);
}

static void
check_smtp(struct slice text, size_t piece)
{
	struct buf wire = BUF_INIT(TEXT_MAX), back = BUF_INIT(TEXT_MAX), want = BUF_INIT(TEXT_MAX);
	struct stuff s = { .mid = false };
	struct measure m = { .size = 0 };
	struct slice rest = text;

	while (rest.len > 0) {
		struct slice in = fuzz_take(&rest, piece);

		CHECK(buf_reserve(&wire, STUFF_ROOM(in.len)) == 0);
		wire.len += stuff(&s, in, wire.p + wire.len);
		measure(&m, in);
	}
	measure_end(&m);
	CHECK(buf_addstr(&wire, stuff_end(&s)) == 0);
	unstuff_smtp(buf_slice(&wire), &back);
	normalise(text, &want);
	CHECK(slice_same(buf_slice(&back), buf_slice(&want)) && m.size == want.len);
	buf_free(&wire);
	buf_free(&back);
	buf_free(&want);
}

/* The message without the CR of each CRLF: what POP3 gives. */
static void
to_unix(struct slice in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++)
		if (in.p[i] != '\r' || (i + 1 < in.len && in.p[i + 1] != '\n'))
			CHECK(buf_addch(out, in.p[i]) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	size_t piece = fuzz_byte(&in) + (size_t)1, in_front = fuzz_byte(&in);
	struct buf text = BUF_INIT(TEXT_MAX);
	struct message m;
	bool plain;

	check_wire(in, piece, piece % 2 == 0);
	check_smtp(in, piece);
	to_unix(in, &text);
	plain = check_pop3(buf_slice(&text), piece);
	m = (struct message){ .length = text.len, .head = buf_slice(&text), .fd = -1 };
	check_mbox(&m, buf_slice(&text), plain);
	if (text.len > 0)
		check_digest(buf_slice(&text), piece);
	if (in_front > 0)
		check_large(buf_slice(&text), in_front, piece * 8);
	buf_free(&text);
	return 0;
}

/* A message as it stands in an mbox: From_ line, quoted text, blank line, and nothing else. */
#include "unit.h"

#include "delivery.h"
#include "deliver/mboxform.h"
#include "mail/fromline.h"

/* ---- a sink that takes the contract at its word ---- */

/* Pieces are only looked at when all is said, or when they are about to go. */
struct gather {
	struct mboxform_sink sink;
	struct {
		struct slice bytes;
		bool copied;
	} pieces[8192];
	size_t n, settled;
	size_t fail_at; /* the piece that is refused; 0: none */
};

static int
gather_piece(struct mboxform_sink *s, struct slice bytes, struct error *e)
{
	struct gather *g = (struct gather *)s;

	assert_true(g->fail_at == 0 || g->n < g->fail_at); /* a refusal is the last call */
	assert_true(g->n < nitems(g->pieces));
	g->pieces[g->n++].bytes = bytes;
	return g->n == g->fail_at ? error_set(e, ERR_TEMP, "full") : 0;
}

static int
gather_settle(struct mboxform_sink *s, struct error *e)
{
	struct gather *g = (struct gather *)s;

	(void)e;
	assert_true(g->fail_at == 0 || g->n < g->fail_at);
	for (; g->settled < g->n; g->settled++) {
		struct slice *b = &g->pieces[g->settled].bytes;

		b->p = exact_bytes(b->p, b->len);
		g->pieces[g->settled].copied = true;
	}
	return 0;
}

static struct gather *
gather_new(void)
{
	struct gather *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->sink = (struct mboxform_sink){ gather_piece, gather_settle };
	return g;
}

/* What was gathered, if anybody wants it, before the message goes. */
static void
gather_end(struct gather *g, struct buf *out)
{
	for (size_t i = 0; i < g->n; i++) {
		struct slice *b = &g->pieces[i].bytes;

		if (out != NULL)
			assert_int_equal(buf_append(out, b->p, b->len), 0);
		if (g->pieces[i].copied)
			free((void *)(uintptr_t)b->p);
	}
	free(g);
}

/* With the From_ line that the header asks for. */
static int
write_form(const struct message *m, struct gather *g, struct buf *out, struct error *e)
{
	char line[FROMLINE_MAX], *copy;
	struct slice from_line = { line, fromline_format(line, m->head, DATE) };
	int rc;

	copy = exact_bytes(line, from_line.len);
	from_line.p = copy;
	rc = mboxform_write(m, from_line, &g->sink, e);
	gather_end(g, out);
	free(copy);
	return rc;
}

static void
form(const struct message *m, struct buf *out)
{
	struct gather *g = gather_new();
	struct error e = NO_ERROR;

	out->len = 0;
	assert_int_equal(write_form(m, g, out, &e), 0);
}

/* Both from memory and from a file. */
static void
check_form(struct slice in, struct slice want, const char *about)
{
	struct message m[] = { memory_message("a", in), file_message("b", in, 64 * KiB) };
	struct buf out = BUF_INIT(16 * MiB);

	for (size_t i = 0; i < nitems(m); i++)
		for (int again = 0; again < 2; again++) { /* always the same bytes */
			form(&m[i], &out);
			assert_bytes_equal(buf_slice(&out), want, about);
		}
	buf_free(&out);
	message_free(&m[0]);
	message_free(&m[1]);
}

/* ---- texts ---- */

static void
test_text_is_kept_but_for_its_From_lines(void **state)
{
	static const struct {
		struct slice in, out; /* out: behind the From_ line */
	} t[] = {
		{ BYTES(""), BYTES("\n") },
		{ BYTES("\n"), BYTES("\n\n") },
		{ BYTES("\n\n"), BYTES("\n\n\n") },
		{ BYTES("\nx\n"), BYTES("\nx\n\n") },
		{ BYTES("\nx"), BYTES("\nx\n\n") }, /* no final newline */
		{ BYTES("x"), BYTES("x\n\n") },
		{ BYTES("\r"), BYTES("\r\n\n") },
		{ BYTES("\0"), BYTES("\0\n\n") },
		{ BYTES("\n\0From \0\nFrom \0\n"), BYTES("\n\0From \0\n>From \0\n\n") },
		{ BYTES("\na\rFrom b\r\n\377\200\n"), BYTES("\na\rFrom b\r\n\377\200\n\n") },
		{ BYTES("From old@example Mon Jan  1 00:00:00 2001\nA: b\n\nx\n"),
		    BYTES(">From old@example Mon Jan  1 00:00:00 2001\nA: b\n\nx\n\n") },
		{ BYTES("From "), BYTES(">From \n\n") },
		{ BYTES("From"), BYTES("From\n\n") },
		{ BYTES("\nFrom\tx\nfrom x\nFROM x\n"), BYTES("\nFrom\tx\nfrom x\nFROM x\n\n") },
		{ BYTES(">From a\n>>From b\n> From c\n"),
		    BYTES(">>From a\n>>>From b\n> From c\n\n") },
		{ BYTES("\nFrom a\nFrom b\nx From c\n"),
		    BYTES("\n>From a\n>From b\nx From c\n\n") },
		{ BYTES("\n\nFrom "), BYTES("\n\n>From \n\n") },
		{ BYTES("\n\nFro"), BYTES("\n\nFro\n\n") },
		{ BYTES("\n\n>>"), BYTES("\n\n>>\n\n") },
	};
	struct buf want = BUF_INIT(KiB);

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		want.len = 0;
		assert_int_equal(buf_addstr(&want, FROM_NOBODY), 0);
		assert_int_equal(buf_append(&want, t[i].out.p, t[i].out.len), 0);
		check_form(t[i].in, buf_slice(&want), t[i].in.p);
	}
	buf_free(&want);
}

static void
test_the_sender_is_the_first_that_is_known(void **state)
{
	static const struct {
		const char *head, *sender;
	} t[] = {
		{ "Return-Path: <r@example>\nSender: s@example\nFrom: f@example\n", "r@example" },
		{ "From: f@example\nSender: s@example\nReturn-Path: <r@example>\n", "r@example" },
		{ "From: f@example\nSender: s@example\n", "s@example" },
		{ "From: Full Name <f@example>\n", "f@example" },
		{ "FROM:f@example (comment)\n", "f@example" },
		{ "From: Folded\n <f@example>\n", "f@example" },
		{ "Subject: none\n", "MAILER-DAEMON" },
		{ "Return-Path: <>\nFrom: f@example\n", "MAILER-DAEMON" }, /* a bounce */
		{ "Sender:\nFrom: f@example\n", "f@example" },
		{ "From: \n", "MAILER-DAEMON" },
		{ "Return-Path: <r@example>\nReturn-Path: <other@example>\n", "r@example" },
		{ "Return-Path: <\"a b\"@example>\n", "\"a-b\"@example" },
		{ "Return-Path: <\"a\tb\"@example>\n", "\"a-b\"@example" },
		{ "Return-Path: <\"a\001\177b\"@example>\n", "\"a--b\"@example" },
		{ "Return-Path: <caf\303\251@example>\n", "caf--@example" },
		{ "Xfrom: x@example\nFrom\t: f@example\n", "f@example" },
	};
	char in[512], want[1024];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		(void)snprintf(in, sizeof(in), "%s\nFrom: body@example\n", t[i].head);
		(void)snprintf(want, sizeof(want), "From %s " DATE "\n%s\n", t[i].sender, in);
		check_form(slice_str(in), slice_str(want), t[i].head);
	}
	check_form(slice_str("\nFrom: body@example\n"),
	    slice_str(FROM_NOBODY "\nFrom: body@example\n\n"), "a body is no header");
}

/* Whatever a header says, the From_ line is one line of four words and a date. */
static void
test_no_header_breaks_the_From_line(void **state)
{
	static const char alphabet[] = "<>@\"\\ ()\n\t,:;a.\r\001\377=";
	struct buf out = BUF_INIT(64 * KiB);

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char in[80] = "Return-Path: ";
		size_t len = strlen(in), end = len + random_below(60);
		struct slice rest, line;
		struct message m;

		while (len < end)
			in[len++] = alphabet[random_below(sizeof(alphabet) - 1)];
		m = memory_message("a", (struct slice){ in, len });
		form(&m, &out);
		rest = buf_slice(&out);
		line = slice_line(&rest);
		assert_true(slice_skip(&line, "From "));
		for (size_t i = 0; i < line.len; i++)
			assert_true(line.p[i] >= ' ' && line.p[i] <= '~');
		assert_true(slice_word(&line).len > 0);
		assert_slice_equal(line, DATE);
		assert_true(rest.len > len && memcmp(rest.p, in, 8) == 0);
		message_free(&m);
	}
	buf_free(&out);
}

/* ---- large messages ---- */

static void
fill(struct buf *b, char c, size_t len)
{
	assert_int_equal(buf_reserve(b, len), 0);
	memset(b->p + b->len, c, len);
	b->len += len;
}

/* A line in front of text, so that text starts at a place of our choice in the message. */
static void
check_at(size_t at, const char *text, const char *quoted)
{
	struct buf in = BUF_INIT(MiB), want = BUF_INIT(MiB);
	char about[64];

	(void)snprintf(about, sizeof(about), "\"%.20s\" at %zu", text, at);
	fill(&in, 'x', at - 1);
	assert_int_equal(buf_addf(&in, "\n%s", text), 0);
	assert_int_equal(buf_addstr(&want, FROM_NOBODY), 0);
	fill(&want, 'x', at - 1);
	assert_int_equal(
	    buf_addf(&want, "\n%s%s", quoted, quoted[strlen(quoted) - 1] == '\n' ? "\n" : "\n\n"),
	    0);
	check_form(buf_slice(&in), buf_slice(&want), about);
	buf_free(&in);
	buf_free(&want);
}

static void
test_a_From_line_is_quoted_wherever_a_chunk_ends(void **state)
{
	(void)state;
	for (size_t at = MESSAGE_CHUNK - 9; at <= MESSAGE_CHUNK + 2; at++) {
		check_at(at, "From a\nb\n", ">From a\nb\n");
		check_at(at, ">>From a\nb\n", ">>>From a\nb\n");
		check_at(at, "From", "From");
		check_at(at, "From ", ">From ");
		check_at(at, "Frob\n", "Frob\n");
		check_at(at, "\n", "\n");
	}
}

static void
test_lines_of_any_length_pass(void **state)
{
	struct buf in = BUF_INIT(MiB), want = BUF_INIT(MiB);

	(void)state;
	assert_int_equal(buf_addstr(&want, FROM_NOBODY), 0);
	fill(&in, 'x', 300000);
	fill(&want, 'x', 300000);
	assert_int_equal(buf_addstr(&in, " From x"), 0);
	assert_int_equal(buf_addstr(&want, " From x\n\n"), 0);
	check_form(buf_slice(&in), buf_slice(&want), "one line");

	in.len = want.len = 0; /* an old quote, longer than a chunk */
	assert_int_equal(buf_addstr(&want, FROM_NOBODY), 0);
	fill(&in, '>', 150000);
	fill(&want, '>', 150001);
	assert_int_equal(buf_addstr(&in, "From x\n"), 0);
	assert_int_equal(buf_addstr(&want, "From x\n\n"), 0);
	check_form(buf_slice(&in), buf_slice(&want), "a quote");
	buf_free(&in);
	buf_free(&want);
}

/* ---- undoing it ---- */

/* Takes one ">" off each line of ">" and "From ", by another way than the quoting's. */
static void
unquote(struct slice text, struct buf *out)
{
	out->len = 0;
	while (text.len > 0) {
		const char *nl = memchr(text.p, '\n', text.len);
		size_t len = nl != NULL ? (size_t)(nl - text.p) + 1 : text.len, marks = 0;

		while (marks < len && text.p[marks] == '>')
			marks++;
		marks = marks > 0 && len - marks >= 5 && memcmp(text.p + marks, "From ", 5) == 0;
		assert_int_equal(buf_append(out, text.p + marks, len - marks), 0);
		text.p += len;
		text.len -= len;
	}
}

static void
test_unquoting_gives_back_what_came(void **state)
{
	static const char *const parts[] = { "From ", "From ", ">", ">>", "\n", "\n", "x", "Fro" };
	struct buf in = BUF_INIT(KiB), out = BUF_INIT(KiB), back = BUF_INIT(KiB);

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct slice rest;
		struct message m;
		size_t n = random_below(16);

		for (in.len = 0; n > 0; n--)
			(void)buf_addstr(&in, parts[random_below(nitems(parts))]);
		m = memory_message("a", buf_slice(&in));
		form(&m, &out);
		rest = buf_slice(&out);
		assert_true(slice_skip(&rest, FROM_NOBODY));
		assert_true(rest.len > 0 && rest.p[--rest.len] == '\n'); /* the blank line */
		assert_null(memmem(out.p + 1, out.len - 1, "\nFrom ", 6));
		unquote(rest, &back);
		if (in.len > 0 && in.p[in.len - 1] != '\n')
			assert_int_equal(buf_addch(&in, '\n'), 0);
		assert_bytes_equal(buf_slice(&back), buf_slice(&in), "what came");
		message_free(&m);
	}
	buf_free(&in);
	buf_free(&out);
	buf_free(&back);
}

/* ---- failures ---- */

static void
test_a_sink_that_refuses_is_not_asked_again(void **state)
{
	struct slice text = slice_str("A: b\n\nFrom a\nFrom b\nc");
	struct message m[] = { memory_message("a", text), file_message("b", text, 5) };

	(void)state;
	for (size_t i = 0; i < nitems(m); i++) {
		size_t pieces = 0;

		for (size_t at = 1; pieces == 0; at++) {
			struct gather *g = gather_new();
			struct error e = NO_ERROR;
			int rc;

			g->fail_at = at;
			rc = write_form(&m[i], g, NULL, &e);
			if (rc == 0)
				pieces = at;
			assert_int_equal(e.cls, rc == 0 ? ERR_OK : ERR_TEMP);
		}
		assert_true(pieces >= 5);
		message_free(&m[i]);
	}
}

static void
test_a_message_that_cannot_be_read_is_an_error(void **state)
{
	struct message m = file_message("a", slice_str("A: b\n\ntext\n"), 5);
	struct gather *g = gather_new();
	struct error e = NO_ERROR;

	(void)state;
	assert_int_equal(ftruncate(m.fd, 3), 0);
	assert_int_equal(write_form(&m, g, NULL, &e), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	message_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_kept_but_for_its_From_lines),
		cmocka_unit_test(test_the_sender_is_the_first_that_is_known),
		cmocka_unit_test(test_no_header_breaks_the_From_line),
		cmocka_unit_test(test_a_From_line_is_quoted_wherever_a_chunk_ends),
		cmocka_unit_test(test_lines_of_any_length_pass),
		cmocka_unit_test(test_unquoting_gives_back_what_came),
		cmocka_unit_test(test_a_sink_that_refuses_is_not_asked_again),
		cmocka_unit_test(test_a_message_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

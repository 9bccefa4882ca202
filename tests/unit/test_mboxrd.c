/* From_ quoting: can be undone, and is the same wherever the text is cut. */
#include "unit.h"

#include "mail/mboxrd.h"
#include "util/buf.h"

/* One piece through the quoting; what it holds back is left in *held. */
static void
push(struct mboxrd *q, struct slice piece, bool final, struct buf *held, struct buf *out)
{
	bool quote = true;
	size_t took;
	char *in;

	assert_int_equal(buf_append(held, piece.p, piece.len), 0);
	while (quote) {
		in = exact_bytes(held->p, held->len);
		took = mboxrd_next(q, (struct slice){ in, held->len }, final, &quote);
		free(in);
		assert_true(took <= held->len);
		assert_int_equal(buf_append(out, held->p, took), 0);
		if (quote)
			assert_int_equal(buf_addch(out, '>'), 0);
		if (took > 0)
			memmove(held->p, held->p + took, held->len - took);
		held->len -= took;
	}
	assert_true(held->len <= 4);
	assert_true(!final || held->len == 0);
}

/* Quotes text that arrives in pieces of the given length, the first of another. */
static void
quote_text(struct slice text, size_t first, size_t step, struct buf *out)
{
	struct buf held = BUF_INIT(64 * KiB);
	struct mboxrd q;
	size_t at = 0, len = first;

	out->len = 0;
	mboxrd_init(&q, false);
	do {
		len = MIN(len, text.len - at);
		push(&q, (struct slice){ text.p + at, len }, at + len == text.len, &held, out);
		at += len;
		len = step;
	} while (at < text.len);
	assert_int_equal(mboxrd_lacks_newline(&q), text.len > 0 && text.p[text.len - 1] != '\n');
	buf_free(&held);
}

/* Takes one ">" off each line of ">" and "From ", written without a look at the quoting. */
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

static const struct {
	struct slice in, out;
} texts[] = {
	{ BYTES(""), BYTES("") },
	{ BYTES("x"), BYTES("x") },
	{ BYTES("From "), BYTES(">From ") },
	{ BYTES("From a\n"), BYTES(">From a\n") },
	{ BYTES(">From a\n"), BYTES(">>From a\n") },
	{ BYTES(">>From a\n"), BYTES(">>>From a\n") },
	{ BYTES("x\nFrom a\nFrom b\n"), BYTES("x\n>From a\n>From b\n") },
	{ BYTES("From From a\n"), BYTES(">From From a\n") },
	{ BYTES("\n\nFrom \n\n"), BYTES("\n\n>From \n\n") },
	{ BYTES("\0\nFrom \0"), BYTES("\0\n>From \0") },
	/* nothing to quote */
	{ BYTES(" From a\n"), BYTES(" From a\n") },
	{ BYTES("xFrom a\n"), BYTES("xFrom a\n") },
	{ BYTES("x>From a\n"), BYTES("x>From a\n") },
	{ BYTES(">x>From a\n"), BYTES(">x>From a\n") },
	{ BYTES("> From a\n"), BYTES("> From a\n") },
	{ BYTES("From\n"), BYTES("From\n") },
	{ BYTES("From"), BYTES("From") },
	{ BYTES("From\ta\n"), BYTES("From\ta\n") },
	{ BYTES("from a\n"), BYTES("from a\n") },
	{ BYTES("From: a\n"), BYTES("From: a\n") },
	{ BYTES("a\rFrom b\n"), BYTES("a\rFrom b\n") },
	{ BYTES(">"), BYTES(">") },
	{ BYTES(">>>\n"), BYTES(">>>\n") },
};

static void
test_lines_of_marks_and_From_get_one_mark_more(void **state)
{
	struct buf out = BUF_INIT(64 * KiB), back = BUF_INIT(64 * KiB);

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		quote_text(texts[i].in, texts[i].in.len, 1, &out);
		assert_bytes_equal(buf_slice(&out), texts[i].out, texts[i].in.p);
		unquote(buf_slice(&out), &back);
		assert_bytes_equal(buf_slice(&back), texts[i].in, texts[i].in.p);
	}
	buf_free(&out);
	buf_free(&back);
}

static void
test_a_cut_anywhere_changes_nothing(void **state)
{
	struct buf out = BUF_INIT(64 * KiB);

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		for (size_t cut = 0; cut <= texts[i].in.len; cut++) {
			quote_text(texts[i].in, cut, texts[i].in.len, &out);
			assert_bytes_equal(buf_slice(&out), texts[i].out, texts[i].in.p);
		}
		for (size_t step = 1; step < 7; step++) {
			quote_text(texts[i].in, step, step, &out);
			assert_bytes_equal(buf_slice(&out), texts[i].out, texts[i].in.p);
		}
	}
	buf_free(&out);
}

static void
test_random_text_comes_back_the_same(void **state)
{
	static const char *const alphabet[] = { ">", "F", "r", "o", "m", " ", "\n", "x", "From ",
		"\nFrom ", "\n>" };
	struct buf text = BUF_INIT(KiB), whole = BUF_INIT(KiB), cut = BUF_INIT(KiB),
		   back = BUF_INIT(KiB);

	(void)state;
	for (int round = 0; round < 4000; round++) {
		text.len = 0;
		for (uint32_t i = random_below(24); i > 0; i--)
			(void)buf_addstr(&text, alphabet[random_below(nitems(alphabet))]);
		quote_text(buf_slice(&text), text.len, 1, &whole);
		quote_text(buf_slice(&text), random_below((uint32_t)text.len + 1),
		    1 + random_below(8), &cut);
		assert_bytes_equal(buf_slice(&cut), buf_slice(&whole), "a text in pieces");
		unquote(buf_slice(&whole), &back);
		assert_bytes_equal(buf_slice(&back), buf_slice(&text), "a text unquoted");
		for (size_t i = 0; i + 5 <= whole.len; i++)
			assert_false((i == 0 || whole.p[i - 1] == '\n') &&
				     memcmp(whole.p + i, "From ", 5) == 0);
	}
	buf_free(&text);
	buf_free(&whole);
	buf_free(&cut);
	buf_free(&back);
}

static void
test_a_long_run_of_marks_is_quoted(void **state)
{
	struct buf text = BUF_INIT(64 * KiB), out = BUF_INIT(64 * KiB);

	(void)state;
	for (int i = 0; i < 10000; i++)
		(void)buf_addch(&text, '>');
	(void)buf_addstr(&text, "From x\n");
	quote_text(buf_slice(&text), 777, 1000, &out);
	assert_int_equal(out.len, text.len + 1);
	assert_int_equal(strspn(out.p, ">"), 10001);
	buf_free(&text);
	buf_free(&out);
}

static void
test_nothing_lacks_no_newline(void **state)
{
	struct mboxrd q;

	(void)state;
	mboxrd_init(&q, false);
	assert_false(mboxrd_lacks_newline(&q));
}

/* Nobody looks: what is known to be plain goes out whole, and its last newline is known. */
static void
test_plain_text_is_not_looked_at(void **state)
{
	struct slice t[] = { slice_str("From a\n"), slice_str("x\n>From "), slice_str("From") };
	struct mboxrd q;
	bool quote;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		mboxrd_init(&q, true);
		assert_int_equal(mboxrd_next(&q, t[i], false, &quote), t[i].len);
		assert_false(quote);
		assert_int_equal(mboxrd_lacks_newline(&q), i > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_of_marks_and_From_get_one_mark_more),
		cmocka_unit_test(test_a_cut_anywhere_changes_nothing),
		cmocka_unit_test(test_random_text_comes_back_the_same),
		cmocka_unit_test(test_a_long_run_of_marks_is_quoted),
		cmocka_unit_test(test_nothing_lacks_no_newline),
		cmocka_unit_test(test_plain_text_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

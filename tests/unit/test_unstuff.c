/* Dots undone, line ends turned, and the end found, wherever the network cuts the bytes. */
#include "unit.h"

#include "mail/unstuff.h"

struct wire {
	struct slice in;
	bool lf_only;
	struct slice out;
	bool end;
	size_t left; /* bytes behind the end, not taken */
};

static const struct wire wires[] = {
	/* the end */
	{ BYTES(".\r\n"), false, BYTES(""), true, 0 },
	{ BYTES("a\r\n.\r\n"), false, BYTES("a\n"), true, 0 },
	{ BYTES("a\r\n\r\nb\r\n.\r\n"), false, BYTES("a\n\nb\n"), true, 0 },
	{ BYTES("a\r\n.\r\n+OK next\r\n"), false, BYTES("a\n"), true, 10 },
	{ BYTES("a\r\n.\r\n.\r\n"), false, BYTES("a\n"), true, 3 },
	{ BYTES("a\n.\n"), true, BYTES("a\n"), true, 0 },
	{ BYTES(".\n"), true, BYTES(""), true, 0 },
	{ BYTES(".\n+OK"), true, BYTES(""), true, 3 },
	{ BYTES("a\r\n.\r\n"), true, BYTES("a\n"), true, 0 },
	{ BYTES("a\n.\r\n"), false, BYTES("a\n"), true, 0 },
	/* not the end */
	{ BYTES(""), false, BYTES(""), false, 0 },
	{ BYTES("a\r\n"), false, BYTES("a\n"), false, 0 },
	{ BYTES("a.\r\n"), false, BYTES("a.\n"), false, 0 },
	{ BYTES("a\r\n.\nb\r\n.\r\n"), false, BYTES("a\n.\nb\n"), true, 0 },
	{ BYTES("a\n.\nb\n"), false, BYTES("a\n.\nb\n"), false, 0 },
	{ BYTES(".\n.\r\n"), false, BYTES(".\n"), true, 0 },
	{ BYTES("a\r.\r\nb"), false, BYTES("a\r.\nb"), false, 0 },
	/* stuffing */
	{ BYTES("..\r\n.\r\n"), false, BYTES(".\n"), true, 0 },
	{ BYTES("..\n.\n"), true, BYTES(".\n"), true, 0 },
	{ BYTES("...\r\n.\r\n"), false, BYTES("..\n"), true, 0 },
	{ BYTES("..a\r\n.b\r\n...c\r\n.\r\n"), false, BYTES(".a\nb\n..c\n"), true, 0 },
	{ BYTES("a\n..b\n.\r\n"), false, BYTES("a\n.b\n"), true, 0 },
	{ BYTES("a..b\r\n .c\r\n.\r\n"), false, BYTES("a..b\n .c\n"), true, 0 },
	/* lines that an mbox must quote */
	{ BYTES("From a\r\n.\r\n"), false, BYTES("From a\n"), true, 0 },
	{ BYTES("a\r\n>>From a\r\n.\r\n"), false, BYTES("a\n>>From a\n"), true, 0 },
	{ BYTES("a\nFrom \r\n.\r\n"), false, BYTES("a\nFrom \n"), true, 0 },
	{ BYTES("a\r\n.From a\r\n.\r\n"), false, BYTES("a\nFrom a\n"), true, 0 },
	{ BYTES("a From b\r\n>xFrom c\r\n.\r\n"), false, BYTES("a From b\n>xFrom c\n"), true, 0 },
	{ BYTES("Frob\r\nfrom a\r\n.\r\n"), false, BYTES("Frob\nfrom a\n"), true, 0 },
	{ BYTES("\rFrom a\r\n.\r\n"), false, BYTES("\rFrom a\n"), true, 0 },
	/* carriage returns of their own */
	{ BYTES("a\rb\r\n.\r\n"), false, BYTES("a\rb\n"), true, 0 },
	{ BYTES("a\r\r\n.\r\n"), false, BYTES("a\r\n"), true, 0 },
	{ BYTES("\r\r\r\n.\r\n"), false, BYTES("\r\r\n"), true, 0 },
	{ BYTES("\ra\r\n.\r\n"), false, BYTES("\ra\n"), true, 0 },
	{ BYTES(".\ra\r\n.\r\n"), false, BYTES("\ra\n"), true, 0 },
	{ BYTES(".\r\r\n.\r\n"), false, BYTES("\r\n"), true, 0 },
	{ BYTES(".\r.\r\n.\r\n"), false, BYTES("\r.\n"), true, 0 },
	{ BYTES("..\ra\r\n.\r\n"), false, BYTES(".\ra\n"), true, 0 },
	/* other bytes */
	{ BYTES("a\0b\r\n.\r\n"), false, BYTES("a\0b\n"), true, 0 },
	{ BYTES("\0\r\n.\r\n"), false, BYTES("\0\n"), true, 0 },
	{ BYTES(".\0\r\n.\r\n"), false, BYTES("\0\n"), true, 0 },
	{ BYTES("\377\200\r\n.\r\n"), false, BYTES("\377\200\n"), true, 0 },
	{ BYTES("a\nb\r\nc\n.\r\n"), false, BYTES("a\nb\nc\n"), true, 0 },
};

/* Whether a line of the message is one that an mbox must quote. */
static bool
must_be_quoted(struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_line(&text);

		while (slice_skip(&line, ">"))
			;
		if (slice_skip(&line, "From "))
			return true;
	}
	return false;
}

/* Feeds in in pieces that end at the given places, each from and into memory of exact size. */
static void
feed(const struct wire *w, const size_t *cuts, size_t ncuts)
{
	char *all = malloc(w->in.len * (1 + UNSTUFF_SLACK) + UNSTUFF_SLACK);
	size_t len = 0, at = 0;
	struct unstuff u;

	assert_non_null(all);
	unstuff_init(&u, w->lf_only);
	for (size_t i = 0; i <= ncuts && !u.end; i++) {
		size_t stop = i < ncuts ? cuts[i] : w->in.len, used, got;
		char *piece = exact_bytes(w->in.p + at, stop - at);
		char *out = malloc(stop - at + UNSTUFF_SLACK);

		assert_non_null(out);
		used = unstuff(&u, (struct slice){ piece, stop - at }, out, &got);
		assert_row(got <= stop - at + UNSTUFF_SLACK, "%s", w->in.p);
		assert_row(u.end || used == stop - at, "%s", w->in.p);
		memcpy(all + len, out, got);
		len += got;
		at += used;
		free(out);
		free(piece);
	}
	check_bytes(all, len, w->out.p, w->out.len, w->in.p, __FILE__, __LINE__);
	assert_row(u.end == w->end, "%s", w->in.p);
	assert_row(!u.end || w->in.len - at == w->left, "%s", w->in.p);
	/* a line that is cut too early to tell counts as one */
	assert_row(must_be_quoted(w->out) ? u.from : ncuts > 0 || !u.from, "%s", w->in.p);
	free(all);
}

static void
test_each_response_gives_its_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(wires); i++)
		feed(&wires[i], NULL, 0);
}

static void
test_a_cut_anywhere_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(wires); i++)
		for (size_t cut = 0; cut <= wires[i].in.len; cut++)
			feed(&wires[i], &cut, 1);
}

static void
test_two_cuts_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(wires); i++)
		for (size_t a = 0; a <= wires[i].in.len; a++)
			for (size_t b = a; b <= wires[i].in.len; b++)
				feed(&wires[i], (size_t[]){ a, b }, 2);
}

static void
test_byte_by_byte_changes_nothing(void **state)
{
	size_t cuts[64];

	(void)state;
	for (size_t i = 0; i < nitems(cuts); i++)
		cuts[i] = i + 1;
	for (size_t i = 0; i < nitems(wires); i++) {
		assert_true(wires[i].in.len <= nitems(cuts));
		feed(&wires[i], cuts, wires[i].in.len);
	}
}

/* What a server does to a message; with LF ends kept where the message had bare ones. */
static size_t
stuff(const char *text, size_t len, char *wire)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' && (i == 0 || text[i - 1] == '\n'))
			wire[n++] = '.';
		if (text[i] == '\n')
			wire[n++] = '\r';
		wire[n++] = text[i];
	}
	memcpy(wire + n, ".\r\n", 3);
	return n + 3;
}

static void
test_undoes_what_a_server_does_to_random_text(void **state)
{
	static const char alphabet[] = { '.', '\n', '\n', '\r', 'a', '\0' };

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char text[40], wire[128];
		size_t len = random_below(sizeof(text)), wire_len, cut;

		for (size_t i = 0; i < len; i++)
			text[i] = alphabet[random_below(sizeof(alphabet))];
		while (len > 0 && text[len - 1] != '\n')
			len--;
		wire_len = stuff(text, len, wire);
		cut = random_below((uint32_t)wire_len + 1);
		feed(&(struct wire){ { wire, wire_len }, false, { text, len }, true, 0 }, &cut, 1);
	}
}

static void
test_takes_nothing_behind_the_end(void **state)
{
	char out[16];
	size_t got = 99;
	struct unstuff u;

	(void)state;
	unstuff_init(&u, false);
	assert_int_equal(unstuff(&u, slice_str(".\r\n"), out, &got), 3);
	assert_true(u.end);
	assert_int_equal(unstuff(&u, slice_str("more"), out, &got), 0);
	assert_int_equal(got, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_response_gives_its_message),
		cmocka_unit_test(test_a_cut_anywhere_changes_nothing),
		cmocka_unit_test(test_two_cuts_change_nothing),
		cmocka_unit_test(test_byte_by_byte_changes_nothing),
		cmocka_unit_test(test_undoes_what_a_server_does_to_random_text),
		cmocka_unit_test(test_takes_nothing_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Line ends and dots of a message on its way onward, wherever the pieces are cut. */
#include "unit.h"

#include "mail/stuff.h"

static const struct {
	struct slice in, out;
	uint64_t size; /* without doubled dots and the end */
} t[] = {
	{ BYTES(""), BYTES(".\r\n"), 0 },
	{ BYTES("a"), BYTES("a\r\n.\r\n"), 3 },
	{ BYTES("a\n"), BYTES("a\r\n.\r\n"), 3 },
	{ BYTES("a\r\n"), BYTES("a\r\n.\r\n"), 3 },
	{ BYTES("a\r"), BYTES("a\r\n.\r\n"), 3 },
	{ BYTES("\n"), BYTES("\r\n.\r\n"), 2 },
	{ BYTES("\r\n\r\n"), BYTES("\r\n\r\n.\r\n"), 4 },
	{ BYTES("\r\r\n"), BYTES("\r\n\r\n.\r\n"), 4 },
	{ BYTES("\n\r"), BYTES("\r\n\r\n.\r\n"), 4 },
	/* dots */
	{ BYTES("."), BYTES("..\r\n.\r\n"), 3 },
	{ BYTES(".\n"), BYTES("..\r\n.\r\n"), 3 },
	{ BYTES("..\n"), BYTES("...\r\n.\r\n"), 4 },
	{ BYTES("a.\n.b\n"), BYTES("a.\r\n..b\r\n.\r\n"), 8 },
	{ BYTES("a\n.\nb\n"), BYTES("a\r\n..\r\nb\r\n.\r\n"), 9 },
	/* what one server takes for the end of a message, and another does not */
	{ BYTES("a\n.\r\nMAIL"), BYTES("a\r\n..\r\nMAIL\r\n.\r\n"), 12 },
	{ BYTES("a\r.\r\nMAIL"), BYTES("a\r\n..\r\nMAIL\r\n.\r\n"), 12 },
	{ BYTES("a\r\n.\rMAIL"), BYTES("a\r\n..\r\nMAIL\r\n.\r\n"), 12 },
	{ BYTES("a\r\n\0.\r\n"), BYTES("a\r\n\0.\r\n.\r\n"), 7 },
	/* other bytes */
	{ BYTES("\0\n\xff"), BYTES("\0\r\n\xff\r\n.\r\n"), 6 },
};

static void
check(size_t i, size_t piece)
{
	struct stuff s = { .mid = false };
	struct measure m = { .size = 0 };
	char out[100];
	size_t len = 0;

	for (size_t at = 0; at < t[i].in.len; at += piece) {
		size_t n = MIN(piece, t[i].in.len - at);
		char *copy = exact_bytes(t[i].in.p + at, n), *to = exact_bytes(out, STUFF_ROOM(n));
		size_t more = stuff(&s, (struct slice){ copy, n }, to);

		assert_true(more <= STUFF_ROOM(n));
		memcpy(out + len, to, more);
		len += more;
		measure(&m, (struct slice){ copy, n });
		free(to);
		free(copy);
	}
	memcpy(out + len, stuff_end(&s), strlen(stuff_end(&s)));
	len += strlen(stuff_end(&s));
	measure_end(&m);
	assert_int_equal(len, t[i].out.len);
	assert_memory_equal(out, t[i].out.p, len);
	assert_int_equal(m.size, t[i].size);
}

static void
test_line_ends_and_dots(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		for (size_t piece = 1; piece <= 12; piece++)
			check(i, piece);
}

static void
test_bytes_beyond_ascii_are_seen(void **state)
{
	struct measure m = { .size = 0 };

	(void)state;
	measure(&m, slice_str("plain \x7f\n"));
	assert_false(m.eight_bit);
	measure(&m, slice_str("caf\xc3\xa9\n"));
	measure(&m, slice_str("plain\n"));
	assert_true(m.eight_bit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_ends_and_dots),
		cmocka_unit_test(test_bytes_beyond_ascii_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Buffers: they grow to their bound, never past it, and a refused append adds nothing. */
#include "unit.h"

#include "util/buf.h"

static void
test_bytes_add_up(void **state)
{
	struct buf b = BUF_INIT(100);

	(void)state;
	assert_int_equal(buf_slice(&b).len, 0);
	assert_int_equal(buf_append(&b, "a\0b", 3), 0);
	assert_int_equal(buf_addstr(&b, "cd"), 0);
	assert_int_equal(buf_addch(&b, 'e'), 0);
	assert_int_equal(buf_addf(&b, "%d%s", 12, "x"), 0);
	assert_int_equal(buf_append(&b, NULL, 0), 0);
	assert_int_equal(b.len, 9);
	assert_memory_equal(b.p, "a\0bcde12x", 9);
	buf_free(&b);
	assert_int_equal(buf_addstr(&b, "again"), 0);
	assert_slice_equal(buf_slice(&b), "again");
	buf_free(&b);
}

static void
test_numbers_are_decimal(void **state)
{
	static const struct {
		uint64_t n;
		const char *digits;
	} t[] = { { 0, "0" }, { 9, "9" }, { 10, "10" }, { 1234567890, "1234567890" },
		{ UINT64_MAX, "18446744073709551615" } };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf b = BUF_INIT(20);

		assert_int_equal(buf_addnum(&b, t[i].n), 0);
		assert_slice_equal(buf_slice(&b), t[i].digits);
		b.max = b.len;
		assert_int_equal(buf_addnum(&b, 1), -1);
		buf_free(&b);
	}
}

static void
test_the_bound_is_exact(void **state)
{
	(void)state;
	for (size_t most = 0; most < 200; most++) {
		struct buf b = BUF_INIT(most);

		while (b.len < most)
			assert_int_equal(buf_addch(&b, 'x'), 0);
		assert_int_equal(buf_addch(&b, 'x'), -1);
		assert_int_equal(buf_addstr(&b, ""), 0);
		assert_int_equal(b.len, most);
		assert_true(b.cap <= most || most == 0);
		buf_free(&b);
	}
}

static void
test_what_does_not_fit_adds_nothing(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	assert_int_equal(buf_addstr(&b, "12345678"), 0);
	assert_int_equal(buf_addstr(&b, "abc"), -1);
	assert_int_equal(buf_addf(&b, "%s", "abc"), -1);
	assert_int_equal(buf_append(&b, "abc", SIZE_MAX), -1);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), -1);
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 4), -1);
	assert_slice_equal(buf_slice(&b), "12345678");
	assert_int_equal(buf_addstr(&b, "ab"), 0);
	assert_slice_equal(buf_slice(&b), "12345678ab");
	buf_free(&b);
}

static void
test_room_can_be_filled_by_hand(void **state)
{
	struct buf b = BUF_INIT(5000);

	(void)state;
	for (size_t n = 1; n < 1000; n *= 3) {
		assert_int_equal(buf_reserve(&b, n), 0);
		memset(b.p + b.len, 'x', n);
		b.len += n;
	}
	assert_true(b.len <= b.cap && b.cap <= 5000);
	buf_free(&b);
}

static void
test_long_formats_are_whole(void **state)
{
	(void)state;
	for (int width = 250; width < 260; width++) {
		struct buf b = BUF_INIT(1000);

		assert_int_equal(buf_addf(&b, "%*d|", width, 7), 0);
		assert_int_equal(b.len, width + 1);
		assert_int_equal(b.p[width - 1], '7');
		assert_int_equal(b.p[width], '|');
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_add_up),
		cmocka_unit_test(test_numbers_are_decimal),
		cmocka_unit_test(test_the_bound_is_exact),
		cmocka_unit_test(test_what_does_not_fit_adds_nothing),
		cmocka_unit_test(test_room_can_be_filled_by_hand),
		cmocka_unit_test(test_long_formats_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

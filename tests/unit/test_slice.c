/* Slices: words, lines and numbers taken off borrowed bytes. */
#include "unit.h"

static void
test_numbers(void **state)
{
	static const struct {
		const char *in;
		uint64_t max;
		bool ok;
		uint64_t n;
	} t[] = {
		{ "0", 9, true, 0 },
		{ "7", 9, true, 7 },
		{ "007", 9, true, 7 },
		{ "9", 9, true, 9 },
		{ "10", 9, false, 0 },
		{ "9", 5, false, 0 },
		{ "95", 5, false, 0 },
		{ "0", 0, true, 0 },
		{ "1", 0, false, 0 },
		{ "4294967295", UINT32_MAX, true, UINT32_MAX },
		{ "4294967296", UINT32_MAX, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "18446744073709551620", UINT64_MAX, false, 0 },
		{ "99999999999999999999999999", UINT64_MAX, false, 0 },
		{ "", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ "+1", 9, false, 0 },
		{ " 1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "1a", 99, false, 0 },
		{ "0x1", 99, false, 0 },
		{ "1.5", 99, false, 0 },
		{ "\3611", 99, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].in);
		uint64_t n = 12345;

		assert_row(
		    slice_number((struct slice){ copy, strlen(t[i].in) }, t[i].max, &n) == t[i].ok,
		    "%s", t[i].in);
		assert_row(n == (t[i].ok ? t[i].n : 12345), "%s", t[i].in);
		free(copy);
	}
}

/* clang's sanitizers would tell of arithmetic with NULL. */
static void
test_an_empty_slice_needs_no_bytes(void **state)
{
	struct slice in = { NULL, 0 };
	uint64_t n;

	(void)state;
	assert_true(slice_skip(&in, ""));
	assert_false(slice_skip(&in, "a"));
	assert_int_equal(slice_word(&in).len, 0);
	assert_int_equal(slice_line(&in).len, 0);
	assert_int_equal(slice_trim(in).len, 0);
	assert_false(slice_number(in, 9, &n));
	assert_true(slice_equal(in, "") && slice_caseequal(in, ""));
	assert_null(in.p);
}

static void
test_words_and_the_blanks_behind_them_are_taken(void **state)
{
	static const struct {
		const char *in, *word, *rest;
	} t[] = {
		{ "", "", "" },
		{ "a", "a", "" },
		{ "a b", "a", "b" },
		{ "a \t b c", "a", "b c" },
		{ " a", "", "a" },
		{ "a\nb c", "a\nb", "c" },
		{ "a  ", "a", "" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].in);
		struct slice in = { copy, strlen(t[i].in) };

		assert_slice_equal(slice_word(&in), t[i].word);
		assert_slice_equal(in, t[i].rest);
		free(copy);
	}
}

static void
test_lines_are_taken_without_their_LF(void **state)
{
	static const struct {
		const char *in, *line, *rest;
	} t[] = {
		{ "", "", "" },
		{ "\n", "", "" },
		{ "a", "a", "" },
		{ "a\n", "a", "" },
		{ "a\nb", "a", "b" },
		{ "\n\n", "", "\n" },
		{ "a\r\nb", "a\r", "b" },
	};
	struct slice nothing = { NULL, 0 };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].in);
		struct slice in = { copy, strlen(t[i].in) };

		assert_slice_equal(slice_line(&in), t[i].line);
		assert_slice_equal(in, t[i].rest);
		free(copy);
	}
	assert_int_equal(slice_line(&nothing).len, 0);
}

static void
test_blanks_go_from_both_ends(void **state)
{
	(void)state;
	assert_slice_equal(slice_trim(slice_str("")), "");
	assert_slice_equal(slice_trim(slice_str(" \t ")), "");
	assert_slice_equal(slice_trim(slice_str(" a b\t")), "a b");
	assert_slice_equal(slice_trim(slice_str("a\n")), "a\n");
}

static void
test_words_are_skipped_only_where_they_stand(void **state)
{
	struct slice in = slice_str("+OK yes");

	(void)state;
	assert_false(slice_skip(&in, "-ERR"));
	assert_false(slice_skip(&in, "+OK yes and more"));
	assert_true(slice_skip(&in, ""));
	assert_true(slice_skip(&in, "+OK"));
	assert_slice_equal(in, " yes");
	slice_skip_blanks(&in);
	assert_slice_equal(in, "yes");
	assert_true(slice_skip(&in, "yes"));
	assert_false(slice_skip(&in, "y"));
	assert_int_equal(in.len, 0);
}

static void
test_slices_are_compared_by_length_too(void **state)
{
	(void)state;
	assert_true(slice_equal(slice_str("ab"), "ab"));
	assert_false(slice_equal(slice_str("ab"), "AB"));
	assert_false(slice_equal(slice_str("ab"), "abc"));
	assert_false(slice_equal(slice_str("abc"), "ab"));
	assert_true(slice_equal((struct slice){ NULL, 0 }, ""));
	assert_false(slice_equal((struct slice){ "a\0b", 3 }, "a"));
	assert_true(slice_caseequal(slice_str("aB"), "Ab"));
	assert_false(slice_caseequal(slice_str("aB"), "Abc"));
	assert_true(slice_caseequal((struct slice){ NULL, 0 }, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_an_empty_slice_needs_no_bytes),
		cmocka_unit_test(test_words_and_the_blanks_behind_them_are_taken),
		cmocka_unit_test(test_lines_are_taken_without_their_LF),
		cmocka_unit_test(test_blanks_go_from_both_ends),
		cmocka_unit_test(test_words_are_skipped_only_where_they_stand),
		cmocka_unit_test(test_slices_are_compared_by_length_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

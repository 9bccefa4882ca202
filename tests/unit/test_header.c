/* Header fields: where each begins and ends, and what is left when its folds are gone. */
#include "unit.h"

#include "mail/header.h"

/* Writes "[name|value]" for each field, then "{rest}". */
static char *
walk(const char *text)
{
	char *copy = exact_copy(text);
	struct slice rest = { copy, strlen(text) };
	struct buf out = BUF_INIT(64 * KiB);
	struct header h;

	while (header_next(&rest, &h)) {
		(void)buf_addch(&out, '[');
		(void)buf_append(&out, h.name.p, h.name.len);
		(void)buf_addch(&out, '|');
		(void)buf_append(&out, h.value.p, h.value.len);
		(void)buf_addch(&out, ']');
	}
	(void)buf_addch(&out, '{');
	(void)buf_append(&out, rest.p, rest.len);
	(void)buf_append(&out, "}", 2);
	free(copy);
	return out.p;
}

static void
test_fields_are_taken_one_by_one(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "{}" },
		{ "\n", "{\n}" },
		{ "\nBody: no\n", "{\nBody: no\n}" },
		{ "\r\nbody", "{\r\nbody}" },
		{ "A: b\n\nbody\n", "[A| b]{\nbody\n}" },
		{ "A: b", "[A| b]{}" },
		{ "A:", "[A|]{}" },
		{ "A:\n", "[A|]{}" },
		{ "A:b:c\n", "[A|b:c]{}" },
		{ "A : b\n", "[A| b]{}" },
		{ "A\t: b\n", "[A| b]{}" },
		{ ": b\n", "[| b]{}" },
		{ "A: b\nC: d\n\n", "[A| b][C| d]{\n}" },
		/* folds */
		{ "A: b\n c\n\td\nE: f\n", "[A| b\n c\n\td][E| f]{}" },
		{ "A:\n b\n", "[A|\n b]{}" },
		{ "A: b\n \nC: d\n", "[A| b\n ][C| d]{}" },
		{ "A: b\n c", "[A| b\n c]{}" },
		/* lines that are no fields */
		{ "no colon\nA: b\n", "[|no colon][A| b]{}" },
		{ "no colon\n folded: x\nA: b\n", "[|no colon\n folded: x][A| b]{}" },
		{ " A: b\nC: d\n", "[| A: b][C| d]{}" },
		{ "\tx\n\n", "[|\tx]{\n}" },
		/* carriage returns that stayed */
		{ "A: b\r\nC: d\r\n\r\nx", "[A| b\r][C| d\r]{\r\nx}" },
		{ "A: b\r\n c\r\n\r\n", "[A| b\r\n c\r]{\r\n}" },
		{ "A: \377\200\n", "[A| \377\200]{}" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *got = walk(t[i].in);

		check_bytes(
		    got, strlen(got), t[i].out, strlen(t[i].out), t[i].in, __FILE__, __LINE__);
		free(got);
	}
}

static void
test_a_From_line_is_no_field(void **state)
{
	struct slice rest = slice_str("From a@b Mon Jan  1 00:00:00 2024\nFrom: c@d\n"), value;
	struct slice copy = rest;
	struct header h;

	(void)state;
	assert_true(header_find(copy, "From", &value));
	assert_slice_equal(value, " c@d");
	assert_true(header_next(&rest, &h));
	assert_slice_equal(h.raw, "From a@b Mon Jan  1 00:00:00 2024\n");
	assert_slice_equal(h.name, "");
}

static void
test_raw_holds_every_byte_once(void **state)
{
	static const char *const t[] = { "A: b\n c\nD\n E\n\nx", " a\nb:c", "a\r\n\tb\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct slice rest = slice_str(t[i]);
		const char *at = rest.p;
		struct header h;

		while (header_next(&rest, &h)) {
			assert_ptr_equal(h.raw.p, at);
			at += h.raw.len;
			assert_ptr_equal(rest.p, at);
		}
		assert_ptr_equal(at + rest.len, t[i] + strlen(t[i]));
	}
}

static void
test_a_field_is_found_by_its_name(void **state)
{
	static const struct {
		const char *head, *name, *value; /* NULL: not there */
	} t[] = {
		{ "A: 1\nB: 2\n\n", "B", " 2" },
		{ "a: 1\n", "A", " 1" },
		{ "A: 1\nA: 2\n", "A", " 1" },
		{ "A: 1\n\nB: 2\n", "B", NULL },
		{ "AB: 1\n", "A", NULL },
		{ "A: 1\n B: 2\n", "B", NULL },
		{ "A : 1\n", "A", " 1" },
		{ "A: 1\n 2\nB: 3\n", "A", " 1\n 2" },
		{ "", "A", NULL },
		{ "A\n", "A", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct slice value;
		bool found = header_find(slice_str(t[i].head), t[i].name, &value);

		assert_row(found == (t[i].value != NULL), "%s", t[i].head);
		if (found)
			assert_slice_equal(value, t[i].value);
	}
}

static void
test_folds_go_and_blanks_stay(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ "a", "a" },
		{ "a\n", "a" },
		{ "a\n b", "a b" },
		{ "a\r\n\tb\r\n", "a\tb" },
		{ "A: b\n  c\n d\n", "A: b  c d" },
		{ "a\rb\n", "a\rb" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf out = BUF_INIT(100);
		char *copy = exact_copy(t[i].in);

		assert_int_equal(header_unfold(&out, (struct slice){ copy, strlen(t[i].in) }), 0);
		assert_slice_equal(buf_slice(&out), t[i].out);
		free(copy);
		buf_free(&out);
	}
}

static void
test_unfolding_stops_at_the_bound(void **state)
{
	(void)state;
	for (size_t most = 0; most <= 12; most++) {
		struct buf out = BUF_INIT(most);
		int rc = header_unfold(&out, slice_str("abcd\n efgh\n"));

		assert_int_equal(rc, most < 9 ? -1 : 0);
		check_bytes(
		    out.p, out.len, "abcd efgh", MIN(most, (size_t)9), NULL, __FILE__, __LINE__);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_taken_one_by_one),
		cmocka_unit_test(test_a_From_line_is_no_field),
		cmocka_unit_test(test_raw_holds_every_byte_once),
		cmocka_unit_test(test_a_field_is_found_by_its_name),
		cmocka_unit_test(test_folds_go_and_blanks_stay),
		cmocka_unit_test(test_unfolding_stops_at_the_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

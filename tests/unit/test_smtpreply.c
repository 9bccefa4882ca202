/* Lines of SMTP replies, and what stands behind EHLO. */
#include "unit.h"

#include "smtp/features.h"
#include "smtp/reply.h"

static void
test_lines(void **state)
{
	static const struct {
		const char *in;
		int rc, code;
		bool more;
		const char *enhanced, *text;
	} t[] = {
		{ "250 ok", 0, 250, false, "", "ok" },
		{ "250-ok", 0, 250, true, "", "ok" },
		{ "250", 0, 250, false, "", "" },
		{ "250 ", 0, 250, false, "", "" },
		{ "250-", 0, 250, true, "", "" },
		{ "550 5.1.1 no such user", 0, 550, false, "5.1.1", "no such user" },
		{ "550-5.1.1 no such user", 0, 550, true, "5.1.1", "no such user" },
		{ "550 5.1.1", 0, 550, false, "5.1.1", "" },
		{ "452 4.5.123 x", 0, 452, false, "4.5.123", "x" },
		{ "550 4.1.1 of another class", 0, 550, false, "", "4.1.1 of another class" },
		{ "550 5.1 x", 0, 550, false, "", "5.1 x" },
		{ "550 5.1.1x", 0, 550, false, "", "5.1.1x" },
		{ "550 5.1234.1 x", 0, 550, false, "", "5.1234.1 x" },
		{ "550 5.", 0, 550, false, "", "5." },
		{ "25", -1, 0, false, "", "" },
		{ "", -1, 0, false, "", "" },
		{ "100 wait", -1, 0, false, "", "" },
		{ "666 no", -1, 0, false, "", "" },
		{ "2x0 no", -1, 0, false, "", "" },
		{ "250_no", -1, 0, false, "", "" },
		{ "2500 no", -1, 0, false, "", "" },
	};
	struct smtp_line l;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].in);

		assert_int_equal(
		    smtp_parse_line((struct slice){ copy, strlen(t[i].in) }, &l), t[i].rc);
		if (t[i].rc == 0) {
			assert_int_equal(l.code, t[i].code);
			assert_int_equal(l.more, t[i].more);
			assert_true(slice_equal(l.enhanced, t[i].enhanced));
			assert_true(slice_equal(l.text, t[i].text));
		}
		free(copy);
	}
}

static void
add(struct buf *features, const char *line)
{
	char *copy = exact_copy(line);

	features_add(features, (struct slice){ copy, strlen(line) });
	free(copy);
}

static void
test_features_are_kept_by_name(void **state)
{
	struct buf f = BUF_INIT(SMTP_FEATURES_MAX);
	struct slice p;

	(void)state;
	add(&f, "size 1000");
	add(&f, "8BITMIME");
	add(&f, "");
	add(&f, "AUTH PLAIN");
	add(&f, "AUTH=LOGIN x");
	assert_true(features_have(buf_slice(&f), "SIZE", &p));
	assert_true(slice_equal(p, "1000"));
	assert_int_equal(features_size(buf_slice(&f)), 1000);
	assert_true(features_have(buf_slice(&f), "8bitmime", NULL));
	assert_false(features_have(buf_slice(&f), "8BIT", NULL));
	assert_true(features_list_mechanism(buf_slice(&f), "PLAIN"));
	assert_true(features_list_mechanism(buf_slice(&f), "LOGIN"));
	assert_false(features_list_mechanism(buf_slice(&f), "SCRAM-SHA-1"));
	buf_free(&f);
}

static void
test_a_size_that_is_none_is_no_limit(void **state)
{
	static const char *const t[] = { "SIZE", "SIZE 0", "SIZE x", "SIZE -1",
		"SIZE 99999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf f = BUF_INIT(SMTP_FEATURES_MAX);

		add(&f, t[i]);
		assert_int_equal(features_size(buf_slice(&f)), 0);
		buf_free(&f);
	}
}

static void
test_features_do_not_grow_without_end(void **state)
{
	struct buf f = BUF_INIT(100);

	(void)state;
	for (int i = 0; i < 100; i++)
		add(&f, "AUTH=SOMETHING");
	assert_true(f.len <= 100);
	assert_true(f.p[f.len - 1] == '\n');
	buf_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_features_are_kept_by_name),
		cmocka_unit_test(test_a_size_that_is_none_is_no_limit),
		cmocka_unit_test(test_features_do_not_grow_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

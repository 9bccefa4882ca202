/* The timestamp of a greeting, and what is made of it. */
#include "unit.h"

#include "pop3/apop.h"

static void
test_the_example_of_the_RFC(void **state)
{
	char hex[APOP_HEX];

	(void)state;
	assert_true(apop_digest(slice_str("<1896.697170952@dbc.mtview.ca.us>"), "tanstaaf", hex));
	assert_string_equal(hex, "c4c9334bac560ecc979e58001b3e22fb");
}

static void
test_only_a_proper_message_id_is_a_timestamp(void **state)
{
	static const struct {
		const char *in, *stamp; /* NULL: none */
	} t[] = {
		{ "POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
		    "<1896.697170952@dbc.mtview.ca.us>" },
		{ "<1@x> ready", "<1@x>" },
		{ "<1@x>", "<1@x>" },
		{ "<1@x><2@y>", "<1@x>" },
		{ "<1.2-3_4@[192.0.2.1]>", "<1.2-3_4@[192.0.2.1]>" },
		{ "<!#$%&'*+-/=?^_`{|}~@x>", "<!#$%&'*+-/=?^_`{|}~@x>" },
		{ "", NULL },
		{ "ready", NULL },
		{ "<1@x", NULL },
		{ "1@x>", NULL },
		{ "<>", NULL },
		{ "<@>", NULL },
		{ "<@x>", NULL },
		{ "<1@>", NULL },
		{ "<1x>", NULL },
		{ "<1@x@y>", NULL },
		{ "<1 @x>", NULL },
		{ "<1@x y>", NULL },
		{ "<1\001@x>", NULL },
		{ "<1\177@x>", NULL },
		{ "<1\200@x>", NULL },
		{ "<1@x\303\251>", NULL },
		{ "<\"1\"@x>", NULL },
		{ "<1<@x>", NULL },
		{ "<(1)@x>", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].in);
		struct slice stamp;
		bool found = apop_timestamp((struct slice){ copy, strlen(t[i].in) }, &stamp);

		assert_row(found == (t[i].stamp != NULL), "%s", t[i].in);
		if (found)
			assert_slice_equal(stamp, t[i].stamp);
		free(copy);
	}
}

static void
test_a_NUL_is_not_part_of_a_timestamp(void **state)
{
	static const char in[] = "<1\0@x>";
	struct slice stamp;

	(void)state;
	assert_false(apop_timestamp((struct slice){ in, sizeof(in) - 1 }, &stamp));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_of_the_RFC),
		cmocka_unit_test(test_only_a_proper_message_id_is_a_timestamp),
		cmocka_unit_test(test_a_NUL_is_not_part_of_a_timestamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

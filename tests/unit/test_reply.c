/* The first line of a reply, and the class of error that its response code asks for. */
#include "unit.h"

#include "pop3/reply.h"

static void
test_status_lines(void **state)
{
	static const struct {
		const char *in;
		int rc;
		bool ok;
		const char *code, *text;
	} t[] = {
		{ "+OK", 0, true, "", "" },
		{ "+OK ", 0, true, "", "" },
		{ "+OK hello", 0, true, "", "hello" },
		{ "+OK\thello", 0, true, "", "hello" },
		{ "-ERR", 0, false, "", "" },
		{ "-ERR no", 0, false, "", "no" },
		{ "-ERR [IN-USE] busy", 0, false, "IN-USE", "busy" },
		{ "-ERR [IN-USE]busy", 0, false, "IN-USE", "busy" },
		{ "-ERR [SYS/TEMP]", 0, false, "SYS/TEMP", "" },
		{ "-ERR [] x", 0, false, "", "x" },
		{ "+OK [half open", 0, true, "", "[half open" },
		{ "+OK half] open", 0, true, "", "half] open" },
		{ "+OK x [IN-USE]", 0, true, "", "x [IN-USE]" },
		{ "+OK <1@x>", 0, true, "", "<1@x>" },
		/* no status */
		{ "+OKAY", -1, false, "", "" },
		{ "-ERRx", -1, false, "", "" },
		{ "+O", -1, false, "", "" },
		{ "", -1, false, "", "" },
		{ " +OK", -1, false, "", "" },
		{ "* OK IMAP4rev1", -1, false, "", "" },
		{ "220 smtp", -1, false, "", "" },
	};
	struct pop3_status st;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *buf = exact_copy(t[i].in);
		struct slice in = { buf, strlen(t[i].in) };

		assert_row(pop3_parse_status(in, &st) == t[i].rc, "%s", t[i].in);
		assert_row(st.ok == t[i].ok, "%s", t[i].in);
		assert_slice_equal(st.code, t[i].code);
		assert_slice_equal(st.text, t[i].text);
		free(buf);
	}
}

static void
test_every_beginning_of_a_line_is_parsed_within_bounds(void **state)
{
	static const char line[] = "-ERR [LOGIN-DELAY] wait";
	struct pop3_status st;

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		char *buf = exact_bytes(line, len);

		assert_int_equal(
		    pop3_parse_status((struct slice){ buf, len }, &st), len < 4 ? -1 : 0);
		free(buf);
	}
}

static void
test_challenges(void **state)
{
	static const char *const t[][2] = { { "+ ", "" }, { "+", "" }, { "+ abc", "abc" },
		{ "+ OK", "OK" }, { "+  x", " x" }, { "+OK", NULL }, { "+abc", NULL },
		{ "-ERR", NULL }, { "", NULL }, { " + x", NULL } };
	struct slice text;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i][0]);
		bool is_one = pop3_parse_challenge((struct slice){ copy, strlen(t[i][0]) }, &text);

		assert_row(is_one == (t[i][1] != NULL), "\"%s\"", t[i][0]);
		if (is_one)
			assert_slice_equal(text, t[i][1]);
		free(copy);
	}
}

static void
test_the_code_picks_the_class(void **state)
{
	static const struct {
		const char *code;
		enum errclass otherwise, cls;
	} t[] = {
		{ "", ERR_AUTH, ERR_AUTH },
		{ "", ERR_TEMP, ERR_TEMP },
		{ "IN-USE", ERR_AUTH, ERR_TEMP },
		{ "in-use", ERR_AUTH, ERR_TEMP },
		{ "LOGIN-DELAY", ERR_AUTH, ERR_TEMP },
		{ "SYS/TEMP", ERR_AUTH, ERR_TEMP },
		{ "SYS/PERM", ERR_AUTH, ERR_AUTH },
		{ "SYS/PERM", ERR_TEMP, ERR_PROTO },
		{ "AUTH", ERR_TEMP, ERR_AUTH },
		{ "AUTH", ERR_AUTH, ERR_AUTH },
		{ "UNHEARD-OF", ERR_AUTH, ERR_AUTH },
		{ "IN-USED", ERR_AUTH, ERR_AUTH },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct pop3_status st = { .code = slice_str(t[i].code) };

		assert_row(pop3_status_class(&st, t[i].otherwise) == t[i].cls, "%s", t[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_lines),
		cmocka_unit_test(test_every_beginning_of_a_line_is_parsed_within_bounds),
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_the_code_picks_the_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sets of messages as people write them. */
#include "unit.h"

#include "engine/msgset.h"

static void
test_the_grammar(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} t[] = {
		{ "1", true },
		{ "4294967293", true },
		{ "007", true },
		{ "2-5", true },
		{ "5-5", true },
		{ "4-end", true },
		{ "1-last", true },
		{ "next", true },
		{ "last", true },
		{ "end", true },
		{ "next-end", true },
		{ "1-next", true },
		{ "end-3", true }, /* if there are three messages */
		{ "1,3,2-5,next,7-end", true },
		{ "", false },
		{ "0", false },
		{ "0-3", false },
		{ "4294967294", false },
		{ "4294967295", false },
		{ "4294967296", false },
		{ "18446744073709551617", false },
		{ "5-2", false },
		{ "-", false },
		{ "-3", false },
		{ "3-", false },
		{ "1-2-3", false },
		{ ",", false },
		{ "1,", false },
		{ ",1", false },
		{ "1,,2", false },
		{ "1 2", false },
		{ " 1", false },
		{ "+1", false },
		{ "0x1", false },
		{ "Next", false },
		{ "all", false },
		{ "nextt", false },
		{ "1-\x1b[2J", false },
	};
	static struct msgset s;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;

		assert_row((msgset_parse(t[i].text, &s, &e) == 0) == t[i].good, "%s", t[i].text);
		assert_row(e.cls == (t[i].good ? ERR_OK : ERR_USAGE), "%s", t[i].text);
		assert_null(strchr(e.msg, '\x1b'));
	}
}

/* The numbers of 1 to 9 that are in the set, or the words of the error. */
static const char *
settled(const char *text, uint32_t next, uint32_t last)
{
	static struct msgset s;
	static struct error e;
	static char out[12];
	size_t n = 0;

	e = (struct error){ .cls = ERR_OK };
	assert_int_equal(msgset_parse(text, &s, &e), 0);
	if (msgset_settle(&s, next, last, &e) == -1) {
		assert_int_equal(e.cls, ERR_NOTHING);
		return e.msg;
	}
	for (uint32_t i = 0; i < 10; i++)
		if (msgset_has(&s, i))
			out[n++] = (char)('0' + i);
	assert_false(msgset_has(&s, UINT32_MAX));
	assert_false(msgset_has(&s, UINT32_MAX - 1));
	out[n] = '\0';
	return out;
}

static void
test_the_meaning(void **state)
{
	static const struct {
		const char *text;
		uint32_t next, last;
		const char *want;
	} t[] = {
		{ "3", 0, 5, "3" },
		{ "2-4", 0, 5, "234" },
		{ "2-5", 0, 5, "2345" },
		{ "4-end", 0, 5, "45" },
		{ "5-end", 0, 5, "5" },
		{ "6-end", 0, 5, "" },
		{ "1-end", 0, 0, "" },
		{ "last", 0, 5, "5" },
		{ "end", 0, 5, "5" },
		{ "next", 4, 5, "4" },
		{ "next-end", 4, 5, "45" },
		{ "1-next", 3, 5, "123" },
		{ "next-4", 3, 5, "34" },
		{ "5,1,2-3,2", 0, 5, "1235" },
		{ "1,last,next", 3, 5, "135" },
		{ "end-5", 0, 5, "5" },
		{ "6", 0, 5, "there is no message 6: the last one is 5" },
		{ "2-6", 0, 5, "there is no message 6: the last one is 5" },
		{ "1,6", 0, 5, "there is no message 6: the last one is 5" },
		{ "next", 0, 5, "there is no new message" },
		{ "next-end", 0, 5, "there is no new message" },
		{ "next", 0, 0, "there is no new message" },
		{ "last", 0, 0, "there are no messages" },
		{ "1", 0, 0, "there are no messages" },
		{ "end-3", 0, 5, "there is nothing from message 5 to 3" },
		{ "next-2", 3, 5, "there is nothing from message 3 to 2" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_row(strcmp(settled(t[i].text, t[i].next, t[i].last), t[i].want) == 0,
		    "%s of %u gives %s", t[i].text, t[i].last,
		    settled(t[i].text, t[i].next, t[i].last));
}

static void
test_there_is_a_bound(void **state)
{
	static struct msgset s;
	struct error e = NO_ERROR;
	char *text = malloc(2 * MSGSET_ITEMS + 2);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i <= MSGSET_ITEMS; i++)
		memcpy(text + 2 * i, "1,", 2);
	text[2 * MSGSET_ITEMS - 1] = '\0';
	assert_int_equal(msgset_parse(text, &s, &e), 0);
	assert_int_equal(s.n, MSGSET_ITEMS);
	text[2 * MSGSET_ITEMS - 1] = ',';
	text[2 * MSGSET_ITEMS + 1] = '\0';
	assert_int_equal(msgset_parse(text, &s, &e), -1);
	assert_int_equal(e.cls, ERR_USAGE);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_grammar),
		cmocka_unit_test(test_the_meaning),
		cmocka_unit_test(test_there_is_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

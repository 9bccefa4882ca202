/* The From_ line: its date, its sender, and how it is recognised. */
#include "unit.h"

#include "mail/fromline.h"

static void
test_dates_are_those_of_asctime_in_UTC(void **state)
{
	static const struct {
		int64_t epoch;
		const char *date;
	} t[] = {
		{ 0, "Thu Jan  1 00:00:00 1970" },
		{ 86399, "Thu Jan  1 23:59:59 1970" },
		{ 951782400, "Tue Feb 29 00:00:00 2000" },
		{ 951868800, "Wed Mar  1 00:00:00 2000" },
		{ 1000000000, "Sun Sep  9 01:46:40 2001" },
		{ 1078012800, "Sun Feb 29 00:00:00 2004" },
		{ 1709164800, "Thu Feb 29 00:00:00 2024" },
		{ 1709251199, "Thu Feb 29 23:59:59 2024" },
		{ 1735689599, "Tue Dec 31 23:59:59 2024" },
		{ 2147483647, "Tue Jan 19 03:14:07 2038" },
		{ 2147483648, "Tue Jan 19 03:14:08 2038" },
		{ 4107542400, "Mon Mar  1 00:00:00 2100" },
		{ 253402300799, "Fri Dec 31 23:59:59 9999" },
		{ -1, "Wed Dec 31 23:59:59 1969" },
		{ -62167219200, "Sat Jan  1 00:00:00 0000" },
	};
	char out[ASCTIME_MAX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_string_equal(asctime_utc(out, t[i].epoch), t[i].date);
}

static void
test_a_time_that_no_date_can_tell_becomes_the_epoch(void **state)
{
	/* the last second that gmtime(3) takes, and some that it does not */
	static const int64_t t[] = { INT64_MAX, INT64_MIN, 67768036191676799, 67767976233532799,
		-67768040609740800, 253402300800, -62167219201 };
	char line[FROMLINE_MAX], *out = malloc(ASCTIME_MAX);
	struct slice head = { "", 0 };

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; i < nitems(t); i++) {
		assert_string_equal(asctime_utc(out, t[i]), "Thu Jan  1 00:00:00 1970");
		assert_true(
		    fromline_matches((struct slice){ line, fromline_format(line, head, out) }));
	}
	free(out);
}

static void
check_line(const char *head, const char *sender)
{
	char *copy = exact_copy(head), *out = malloc(FROMLINE_MAX), want[FROMLINE_MAX];
	size_t len;

	assert_non_null(out);
	len =
	    fromline_format(out, (struct slice){ copy, strlen(head) }, "Sun Sep  9 01:46:40 2001");
	(void)snprintf(want, sizeof(want), "From %s Sun Sep  9 01:46:40 2001\n", sender);
	check_bytes(out, len, want, strlen(want), head, __FILE__, __LINE__);
	assert_true(fromline_matches((struct slice){ out, len }));
	free(out);
	free(copy);
}

static void
test_the_sender_comes_from_the_best_field(void **state)
{
	static const struct {
		const char *head, *sender;
	} t[] = {
		{ "", "MAILER-DAEMON" },
		{ "Subject: x\n\n", "MAILER-DAEMON" },
		{ "From: c@f\n", "c@f" },
		{ "From: c@f\nSender: b@s\n", "b@s" },
		{ "From: c@f\nSender: b@s\nReturn-Path: <a@r>\n", "a@r" },
		{ "Return-Path: a@r\nFrom: c@f\n", "a@r" },
		{ "Return-Path: <>\nFrom: c@f\n", "MAILER-DAEMON" },
		{ "Sender: <>\nFrom: c@f\n", "c@f" },
		{ "Sender:\nFrom: c@f\n", "c@f" },
		{ "Subject: x\n\nFrom: body@b\n", "MAILER-DAEMON" },
		{ "From: \"C\"\n <c@f>\n", "c@f" },
		{ "From x@y Thu Jan  1 00:00:00 1970\nFrom: c@f\n", "c@f" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check_line(t[i].head, t[i].sender);
}

static void
test_no_byte_of_a_sender_can_break_the_line(void **state)
{
	static const struct {
		const char *head, *sender;
	} t[] = {
		{ "From: \"a b\"@c\n", "\"a-b\"@c" },
		{ "From: \"a\tb\"@c\n", "\"a-b\"@c" },
		{ "From: \"a\n b\"@c\n", "\"a--b\"@c" },
		{ "From: a\033[2J@c\n", "a-[2J@c" },
		{ "From: a\177b@c\n", "a-b@c" },
		{ "From: \303\251@c\n", "--@c" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check_line(t[i].head, t[i].sender);
}

static void
test_the_longest_sender_fits(void **state)
{
	char head[ADDR_MAX + 8] = "From: ", want[ADDR_MAX];

	(void)state;
	memset(want, 'a', ADDR_MAX - 1);
	want[ADDR_MAX - 1] = '\0';
	(void)strlcat(head, want, sizeof(head));
	check_line(head, want);
}

static void
test_From_lines_are_recognised(void **state)
{
	static const struct {
		const char *text;
		bool yes;
	} t[] = {
		{ "From a@b Thu Jan  1 00:00:00 1970\n", true },
		{ "From a@b Thu Jan  1 00:00:00 1970", true },
		{ "From a@b Thu Jan 31 00:00:00 1970\nx", true },
		{ "From \"a b\"@c Thu Jan  1 00:00:00 1970\n", true },
		{ "From - Thu Jan  1 00:00:00 1970\n", true },
		{ "From here to eternity\n", false },
		{ "From: a@b Thu Jan  1 00:00:00 1970\n", false },
		{ "from a@b Thu Jan  1 00:00:00 1970\n", false },
		{ ">From a@b Thu Jan  1 00:00:00 1970\n", false },
		{ "From a@b Thu Jan  1 00:00:00 197\n", false },
		{ "From a@b Thu Jan 1 00:00:00 1970\n", false },
		{ "From a@b Thu Jan  1 00:00:00 1970 \n", false },
		{ "From a@b Thu Jan  1 00-00-00 1970\n", false },
		{ "From a@b 123 Jan  1 00:00:00 1970\n", false },
		{ "From a@b\nThu Jan  1 00:00:00 1970\n", false },
		{ "From ", false },
		{ "From", false },
		{ "", false },
		{ "\n", false },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].text);

		assert_row(fromline_matches((struct slice){ copy, strlen(t[i].text) }) == t[i].yes,
		    "%s", t[i].text);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_are_those_of_asctime_in_UTC),
		cmocka_unit_test(test_a_time_that_no_date_can_tell_becomes_the_epoch),
		cmocka_unit_test(test_the_sender_comes_from_the_best_field),
		cmocka_unit_test(test_no_byte_of_a_sender_can_break_the_line),
		cmocka_unit_test(test_the_longest_sender_fits),
		cmocka_unit_test(test_From_lines_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

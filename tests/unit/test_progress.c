#include "cli/progress.h"

#include "unit.h"

/* What does not fit is left out from the end, and nothing is cut in two. */
static void
test_line_fits(void **state)
{
	static const struct {
		size_t columns;
		struct progress_view v;
		const char *line;
	} t[] = {
		{ 79, { "home", 1, { 12, 340, 4 * MiB, 20 * MiB }, MiB },
		    "home: 12 of 340, 4.0M of 20M, 1.0M/s, 0:16 left" },
		{ 47, { "home", 1, { 12, 340, 4 * MiB, 20 * MiB }, MiB },
		    "home: 12 of 340, 4.0M of 20M, 1.0M/s, 0:16 left" },
		{ 46, { "home", 1, { 12, 340, 4 * MiB, 20 * MiB }, MiB },
		    "home: 12 of 340, 4.0M of 20M, 1.0M/s" },
		{ 30, { "home", 1, { 12, 340, 4 * MiB, 20 * MiB }, MiB },
		    "home: 12 of 340, 4.0M of 20M" },
		{ 20, { "home", 1, { 12, 340, 4 * MiB, 20 * MiB }, MiB }, "home: 12 of 340" },
		{ 12, { "a-long-name", 1, { 12, 340, 0, 20 * MiB }, 0 }, "12 of 340" },
		{ 8, { "home", 1, { 12, 340, 0, 20 * MiB }, 0 }, "" },
		{ 0, { "home", 1, { 12, 340, 0, 20 * MiB }, 0 }, "" },
		/* several, and what is not known yet */
		{ 79, { NULL, 3, { 0, 18, 0, 2048 }, 0 }, "3 accounts: 0 of 18, 0B of 2.0K" },
		/* a long time; and a server that said less than came */
		{ 79, { "a", 1, { 1, 2, 0, 7384 }, 2 },
		    "a: 1 of 2, 0B of 7.2K, 2B/s, 1:01:32 left" },
		{ 79, { "a", 1, { 1, 2, 5, 1 }, 2 }, "a: 1 of 2, 5B of 1B, 2B/s, 0:00 left" },
	};
	char line[PROGRESS_LINE_MAX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_string_equal(progress_format(line, t[i].columns, &t[i].v), t[i].line);
}

/* Without a terminal, and before it was started, nothing happens. */
static void
test_not_started(void **state)
{
	(void)state;
	progress_draw();
	progress_clear();
	progress_account_done(0);
	progress_end();
	assert_false(progress_is_wanted());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_fits),
		cmocka_unit_test(test_not_started),
	};

	(void)unsetenv("TERM");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

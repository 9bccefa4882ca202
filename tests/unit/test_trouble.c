#include "state/trouble.h"

#include <inttypes.h>

#include "unit.h"

#define HOUR ((int64_t)3600)
#define START ((int64_t)1764000000)

static char *
journal_in(const char *dir)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/state/home", dir);
	return path;
}

static void
spoil(const char *dir, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/state/home.trouble", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Told when it has lasted, and then once each time as long has passed again. */
static void
test_course(void **state)
{
	static const struct {
		int64_t after;
		bool told;
	} t[] = { { 0, false }, { HOUR, false }, { 6 * HOUR - 1, false }, { 6 * HOUR, true },
		{ 6 * HOUR + 300, false }, { 12 * HOUR - 1, false }, { 12 * HOUR + 1, true },
		{ 13 * HOUR, false } };
	const char *journal = journal_in(*state);
	int64_t since;

	for (size_t i = 0; i < nitems(t); i++) {
		assert_int_equal(
		    trouble_has_lasted(journal, 6 * HOUR, START + t[i].after, &since), t[i].told);
		assert_int_equal(since, START);
	}
	trouble_is_over(journal);
	trouble_is_over(journal); /* is no error */
	assert_false(trouble_has_lasted(journal, 6 * HOUR, START + 14 * HOUR, &since));
	assert_int_equal(since, START + 14 * HOUR);
}

/* A note that means nothing begins anew. */
static void
test_spoilt(void **state)
{
	static const char *const t[] = { "", "since", "since x told 0\n", "since 1 told\n",
		"since 99999999999 told 0\n", "since 1 told 99999999999\n", "since -5 told 0\n" };
	const char *journal = journal_in(*state);
	int64_t since;

	assert_false(trouble_has_lasted(journal, HOUR, START, &since));
	for (size_t i = 0; i < nitems(t); i++) {
		spoil(*state, t[i]);
		assert_false(trouble_has_lasted(journal, HOUR, START, &since));
		assert_int_equal(since, START);
		assert_true(trouble_has_lasted(journal, HOUR, START + HOUR, &since));
	}
}

/* What has the name of a note and is none stays as it is; and what cannot be noted is told. */
static void
test_no_note(void **state)
{
	static const char *const t[] = { "told 0 since 1\n", "\n\n\n", "my thesis\n" };
	const char *journal = journal_in(*state);
	int64_t since;

	assert_false(trouble_has_lasted(journal, HOUR, START, &since));
	for (size_t i = 0; i < nitems(t); i++) {
		spoil(*state, t[i]);
		assert_true(trouble_has_lasted(journal, HOUR, START, &since));
		trouble_is_over(journal);
		assert_file_equal(in_dir(*state, "state/home.trouble"), t[i]);
	}
}

/* What cannot be noted is told. */
static void
test_no_place(void **state)
{
	int64_t since;

	(void)state;
	assert_true(trouble_has_lasted("/dev/null/state/home", HOUR, START, &since));
	assert_int_equal(since, START);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_course, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_spoilt, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_no_note, make_dir, remove_dir),
		cmocka_unit_test(test_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

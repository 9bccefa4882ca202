/* File names as users write them. */
#include "unit.h"

#include "util/path.h"

static int
set_environment(void **state)
{
	(void)state;
	return setenv("HOME", "/home/alice", 1) | setenv("MAILDIR", "/var/mail", 1) |
	       setenv("EMPTY", "", 1) | unsetenv("NO_SUCH_VARIABLE");
}

static void
test_home_and_variables_are_expanded(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} t[] = {
		{ "/a/b", "/a/b" },
		{ "a", "a" },
		{ "", "" },
		{ "~", "/home/alice" },
		{ "~/", "/home/alice/" },
		{ "~/mail/inbox", "/home/alice/mail/inbox" },
		{ "/a/~/b", "/a/~/b" },
		{ "a~", "a~" },
		{ "$HOME/x", "/home/alice/x" },
		{ "${HOME}x", "/home/alicex" },
		{ "/a/$MAILDIR", "/a//var/mail" },
		{ "$HOME$MAILDIR", "/home/alice/var/mail" },
		{ "a${EMPTY}b", "ab" },
		{ "$HOME.bak", "/home/alice.bak" },
		/* errors */
		{ "~bob/x", NULL },
		{ "$", NULL },
		{ "a$/b", NULL },
		{ "${", NULL },
		{ "${}", NULL },
		{ "${HOME", NULL },
		{ "${HOME-x}", NULL },
		{ "$NO_SUCH_VARIABLE", NULL },
		{ "$HOMEx", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		char *got = path_expand(t[i].in, &e);

		if (t[i].out == NULL) {
			assert_row(got == NULL && e.cls == ERR_CONFIG, "%s", t[i].in);
			assert_row(*e.msg != '\0', "%s", t[i].in);
		} else {
			assert_row(got != NULL, "%s: %s", t[i].in, e.msg);
			assert_string_equal(got, t[i].out);
		}
		free(got);
	}
}

static void
test_a_path_too_long_is_an_error(void **state)
{
	static const char *const t[] = { "$BIG", "$BIG/x", "x$BIG$BIG" };
	char *big = malloc(70000);

	(void)state;
	assert_non_null(big);
	memset(big, 'a', 69999);
	big[69999] = '\0';
	assert_int_equal(setenv("BIG", big, 1), 0);
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		char *got = path_expand(t[i], &e);

		assert_row(got == NULL && e.cls == ERR_CONFIG, "%s", t[i]);
	}
	(void)unsetenv("BIG");
	free(big);
}

static void
test_the_home_directory_without_HOME(void **state)
{
	(void)state;
	assert_string_equal(path_home(), "/home/alice");
	(void)unsetenv("HOME");
	assert_int_equal(path_home()[0], '/');
	(void)setenv("HOME", "", 1);
	assert_int_equal(path_home()[0], '/');
	(void)setenv("HOME", ".", 1); /* whatever the working directory is */
	assert_int_equal(path_home()[0], '/');
	(void)setenv("HOME", "/home/alice", 1);
	assert_true(*path_login() != '\0');
}

static void
test_directories_and_neighbours(void **state)
{
	static const struct {
		const char *path, *dir;
	} dirs[] = { { "a", "." }, { "/", "/" }, { "/a", "/" }, { "a/b", "a" }, { "/a/b", "/a" },
		{ "/a/b/c", "/a/b" } };
	static const struct {
		const char *file, *name, *whole;
	} t[] = { { "/a/b", "c", "/a/c" }, { "b", "c", "./c" }, { "/a/b", "/c", "/c" },
		{ "/b", "c", "//c" }, { "/a/b", "c/d", "/a/c/d" } };

	(void)state;
	for (size_t i = 0; i < nitems(dirs); i++) {
		char *dir = path_dirname(dirs[i].path);

		assert_string_equal(dir, dirs[i].dir);
		free(dir);
	}
	for (size_t i = 0; i < nitems(t); i++) {
		char *whole = path_beside(t[i].file, t[i].name);

		assert_string_equal(whole, t[i].whole);
		free(whole);
	}
}

static void
test_parents_are_made_private(void **state)
{
	struct error e = NO_ERROR;
	struct stat st;

	assert_int_equal(path_make_parents(in_dir(*state, "a/b/c"), &e), 0);
	assert_int_equal(stat(in_dir(*state, "a/b"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(in_dir(*state, "a/b/c"), &st), -1);
	assert_int_equal(path_make_parents(in_dir(*state, "a/b/c"), &e), 0);
	assert_int_equal(path_make_parents("no-slash", &e), 0);
	assert_int_equal(path_make_parents("", &e), 0);
	assert_int_equal(path_sync_parent(in_dir(*state, "a/b/c"), &e), 0);
}

static void
test_a_file_in_the_way_is_an_error(void **state)
{
	struct error e = NO_ERROR, f = NO_ERROR;

	write_file(in_dir(*state, "file"), "x", 1, 0600);
	assert_int_equal(path_make_parents(in_dir(*state, "file/b/c"), &e), -1);
	assert_int_equal(e.cls, ERR_CREATE);
	assert_int_equal(path_sync_parent(in_dir(*state, "none/x"), &f), -1);
	assert_true(f.cls != ERR_OK);
}

static void
test_what_lies_below_a_directory(void **state)
{
	assert_int_equal(mkdir(in_dir(*state, "a"), 0700), 0);
	assert_int_equal(mkdir(in_dir(*state, "ab"), 0700), 0);
	assert_int_equal(symlink("a", in_dir(*state, "link")), 0);
	assert_true(path_is_below(in_dir(*state, "a"), *state));
	assert_true(path_is_below(*state, *state));
	assert_true(path_is_below(in_dir(*state, "link"), in_dir(*state, "a")));
	assert_true(path_is_below(*state, "/"));
	assert_true(path_is_below("/", "/"));
	assert_false(path_is_below(in_dir(*state, "ab"), in_dir(*state, "a")));
	assert_false(path_is_below(*state, in_dir(*state, "a")));
	assert_false(path_is_below(in_dir(*state, "none"), *state));
	assert_false(path_is_below(*state, in_dir(*state, "none")));
}

static void
test_a_directory_that_was_there_is_missed(void **state)
{
	struct error e = NO_ERROR;

	assert_int_equal(path_expect_directory(*state, &e), 0);
	assert_int_equal(e.cls, ERR_OK);
	assert_int_equal(path_expect_directory(in_dir(*state, "none"), &e), -1);
	assert_int_equal(e.cls, ERR_TEMP);
	assert_non_null(strstr(e.msg, "/none is not there any more"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_and_variables_are_expanded),
		cmocka_unit_test(test_a_path_too_long_is_an_error),
		cmocka_unit_test(test_the_home_directory_without_HOME),
		cmocka_unit_test(test_directories_and_neighbours),
		cmocka_unit_test_setup_teardown(
		    test_parents_are_made_private, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_what_lies_below_a_directory, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_a_directory_that_was_there_is_missed, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_a_file_in_the_way_is_an_error, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}

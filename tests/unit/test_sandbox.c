/* What is gathered for a sandbox, in words and, in a child, for real. */
#include "unit.h"

#include "util/mem.h"
#include "util/sandbox.h"

static bool
system_has(const char *what)
{
	struct buf words = BUF_INIT(KiB);
	bool has;

	sandbox_describe_system(&words);
	(void)buf_addch(&words, '\0');
	has = strstr(words.p, what) != NULL;
	buf_free(&words);
	return has;
}

static char *
describe(const struct sandbox *s)
{
	struct buf out = BUF_INIT(16 * KiB);
	char *words;

	sandbox_describe(s, &out);
	words = xstrndup(out.p, out.len);
	buf_free(&out);
	return words;
}

static void
test_an_obstacle_prevents_it(void **state)
{
	struct sandbox *s = sandbox_new();
	char *words;

	(void)state;
	assert_false(sandbox_is_prevented(s));
	sandbox_prevent(s, "the first");
	sandbox_prevent(s, "the second");
	assert_true(sandbox_is_prevented(s));
	words = describe(s);
	assert_string_equal(words, "off: the first");
	sandbox_enter(s); /* else nothing of what follows here could be done */
	write_file(in_dir(*state, "file"), "x", 1, 0600);
	free(words);
	sandbox_free(s);
}

static void
test_what_is_not_there_yet_stands_for_its_directory(void **state)
{
	struct sandbox *s = sandbox_new();
	char *words, *want;

	if (!system_has("Landlock"))
		skip();
	sandbox_allow(s, in_dir(*state, "to/come/file"), SANDBOX_WRITE);
	sandbox_allow(s, in_dir(*state, "other"), SANDBOX_WRITE); /* which is the same */
	sandbox_allow(s, in_dir(*state, "read"), SANDBOX_READ);
	words = describe(s);
	want = xasprintf("%s;", (const char *)*state);
	assert_non_null(strstr(words, want));
	assert_ptr_equal(strstr(words, *state), strstr(words, want)); /* once only */
	free(want);
	free(words);
	sandbox_free(s);
}

static bool
can(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

/* In a child: the number of the first thing that is not as it should be. */
static int
look_around(void *dir)
{
	struct sandbox *s = sandbox_new();

	sandbox_allow(s, in_dir(dir, "ours"), SANDBOX_WRITE);
	sandbox_allow(s, in_dir(dir, "list"), SANDBOX_LIST);
	sandbox_allow(s, in_dir(dir, "read"), SANDBOX_READ);
	sandbox_allow(s, in_dir(dir, "file"), SANDBOX_WRITE);
	sandbox_enter(s);
	sandbox_free(s);
	if (can(in_dir(dir, "secret"), O_RDONLY) || can(in_dir(dir, "new"), O_WRONLY | O_CREAT))
		return 1;
	if (!can(in_dir(dir, "ours/new"), O_RDWR | O_CREAT | O_EXCL) ||
	    rename(in_dir(dir, "ours/new"), in_dir(dir, "ours/b/new")) == -1 ||
	    unlink(in_dir(dir, "ours/b/new")) == -1)
		return 2;
	if (symlink("x", in_dir(dir, "ours/link")) == 0)
		return 3;
	if (!can(in_dir(dir, "list"), O_RDONLY | O_DIRECTORY) ||
	    can(in_dir(dir, "list/x"), O_RDONLY) || can(in_dir(dir, "list/y"), O_WRONLY | O_CREAT))
		return 4;
	if (!can(in_dir(dir, "read/x"), O_RDONLY) || can(in_dir(dir, "read/x"), O_WRONLY))
		return 5;
	if (!can(in_dir(dir, "file"), O_RDWR | O_TRUNC) || unlink(in_dir(dir, "file")) == 0)
		return 6;
	return 0;
}

static void
test_files(void **state)
{
	static const char *const dirs[] = { "ours", "ours/b", "list", "read" };
	static const char *const files[] = { "secret", "list/x", "read/x", "file" };

	if (!system_has("Landlock"))
		skip();
	for (size_t i = 0; i < nitems(dirs); i++)
		assert_int_equal(mkdir(in_dir(*state, dirs[i]), 0700), 0);
	for (size_t i = 0; i < nitems(files); i++)
		write_file(in_dir(*state, files[i]), "x", 1, 0600);
	assert_int_equal(in_child(look_around, *state), 0);
}

static int
start_a_program(void *unused)
{
	struct sandbox *s = sandbox_new();

	(void)unused;
	sandbox_allow(s, "/", SANDBOX_READ);
	sandbox_enter(s);
	sandbox_free(s);
	(void)execl("/bin/sh", "sh", "-c", "exit 1", (char *)NULL);
	return errno == EPERM ? 0 : 2;
}

static void
test_programs(void **state)
{
	(void)state;
	if (!system_has("seccomp"))
		skip();
	assert_int_equal(in_child(start_a_program, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_obstacle_prevents_it, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_what_is_not_there_yet_stands_for_its_directory, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_files, make_dir, remove_dir),
		cmocka_unit_test(test_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

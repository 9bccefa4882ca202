/* What is gathered for a sandbox, in words and, in a child, for real. */
#include "unit.h"

#include <sys/socket.h>

#include "util/mem.h"

#include "confined.h"

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

/* Of the twin: removes the file. */
static int
remove_it(void *ctx, int verb, struct buf *reply, struct error *e)
{
	(void)reply;
	(void)e;
	return verb == TWIN_END ? 0 : unlink(in_dir(ctx, "secret"));
}

static void
test_an_obstacle_prevents_it(void **state)
{
	struct sandbox *s = sandbox_new();
	struct error e = NO_ERROR;
	char *words;

	sandbox_prevent(s, "the first");
	sandbox_prevent(s, "the second");
	sandbox_delegate(s, remove_it, *state);
	words = describe(s);
	assert_string_equal(words, "off: the first");
	assert_int_equal(
	    sandbox_enter(s, &e), 0); /* else nothing of what follows here could be done */
	write_file(in_dir(*state, "file"), "x", 1, 0600);
	assert_int_equal(twin_find(remove_it, *state), -1);
	free(words);
	sandbox_free(s);
}

static void
test_what_is_not_there_yet_stands_for_its_directory(void **state)
{
	struct sandbox *s = sandbox_new();
	char *words, *want;

	sandbox_allow(s, in_dir(*state, "to/come/file"), SANDBOX_WRITE);
	sandbox_allow(s, in_dir(*state, "other"), SANDBOX_WRITE); /* which is the same */
	sandbox_allow(s, in_dir(*state, "read"), SANDBOX_READ);
	words = describe(s);
	want = system_has("Landlock") ? xasprintf("%s;", (const char *)*state)
				      : xstrdup("no Landlock;");
	assert_non_null(strstr(words, want));
	if (system_has("Landlock")) /* once only */
		assert_ptr_equal(strstr(words, *state), strstr(words, want));
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
	struct error e = NO_ERROR;

	sandbox_allow(s, in_dir(dir, "ours"), SANDBOX_WRITE);
	sandbox_allow(s, in_dir(dir, "list"), SANDBOX_LIST);
	sandbox_allow(s, in_dir(dir, "read"), SANDBOX_READ);
	sandbox_allow(s, in_dir(dir, "file"), SANDBOX_WRITE);
	sandbox_delegate(s, remove_it, dir);
	if (sandbox_enter(s, &e) == -1)
		return 7;
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
	if (unlink(in_dir(dir, "secret")) == 0 ||
	    twin_ask(twin_find(remove_it, dir), TWIN_END + 1, NULL, &e) != 0)
		return 8;
	twin_stop();
	return 0;
}

static void
test_files(void **state)
{
	static const char *const dirs[] = { "ours", "ours/b", "list", "read" };
	static const char *const files[] = { "secret", "list/x", "read/x", "file" };

	for (size_t i = 0; i < nitems(dirs); i++)
		assert_int_equal(mkdir(in_dir(*state, dirs[i]), 0700), 0);
	for (size_t i = 0; i < nitems(files); i++)
		write_file(in_dir(*state, files[i]), "x", 1, 0600);
	/* without Landlock the first thing can be done, and nothing fails for that */
	assert_int_equal(in_child(look_around, *state), system_has("Landlock") ? 0 : 1);
}

/* In a child. Not execve(2): valgrind does not survive its failure. */
static int
make_a_call(void *unused)
{
	struct sandbox *s = sandbox_new();
	struct error e = NO_ERROR;

	(void)unused;
	(void)sandbox_enter(s, &e);
	sandbox_free(s);
	return listen(-1, 1) == -1 ? errno : 0;
}

static void
test_calls(void **state)
{
	(void)state;
	assert_int_equal(in_child(make_a_call, NULL), system_has("seccomp") ? EPERM : EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_obstacle_prevents_it, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_what_is_not_there_yet_stands_for_its_directory, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_files, make_dir, remove_dir),
		cmocka_unit_test(test_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

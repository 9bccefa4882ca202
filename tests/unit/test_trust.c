/* Where a name leads, and whose it is there. */
#include "unit.h"

#include "util/trust.h"

/* The directory of the test holds d/e/f, and links to it. */
static void
make_tree(const char *dir)
{
	static const char *const links[][2] = {
		{ "d", "relative" },
		{ "/", "root" },
		{ "../d/e", "d/up" },
		{ "relative/up/f", "long" },
		{ "loop", "loop" },
		{ "nowhere", "dangling" },
		{ "d/e/missing", "new" },
		{ "nowhere/f", "lost" },
		{ ".", "here" },
		{ "d/e/f/", "slash" },
		{ "", "" },
	};

	assert_int_equal(mkdir(in_dir(dir, "d"), 0700), 0);
	assert_int_equal(mkdir(in_dir(dir, "d/e"), 0711), 0);
	write_file(in_dir(dir, "d/e/f"), "f", 1, 0600);
	for (size_t i = 0; *links[i][0] != '\0'; i++)
		assert_int_equal(symlink(links[i][0], in_dir(dir, links[i][1])), 0);
}

/* rc, or -1 with a message that has these words; found is the path without the directory's. */
static const struct row {
	const char *path;
	int rc;
	const char *found;
} rows[] = {
	{ "d/e/f", 0, "d/e/f" },
	{ "d//e///f", 0, "d/e/f" },
	{ "./d/./e/../e/f", 0, NULL },
	{ "relative/e/f", 0, "d/e/f" },
	{ "relative/up/f", 0, NULL },
	{ "d/up/f", 0, NULL },
	{ "long", 0, NULL },
	{ "here/here/here/d/e/f", 0, NULL },
	{ "d/e/new", 0, "d/e/new" },
	{ "relative/new", 0, "d/new" },
	{ "d", 0, "d" },
	{ "relative", 0, "d" },
	{ "nowhere/f", 1, NULL },
	{ "nowhere/", 1, NULL },
	{ "d/e/nowhere/f/g/h", 1, NULL },
	{ "loop", -1, "Too many levels" },
	{ "loop/f", -1, "Too many levels" },
	{ "dangling", -1, "No such file" },
	{ "new", -1, "No such file" },
	{ "lost", -1, "No such file" },
	{ "d/e/f/g", -1, "Not a directory" },
	{ "slash", -1, "Not a directory" },
};

static bool
is_file(const struct trust_place *p, const char *path)
{
	struct stat by_name, here;

	if (stat(path, &by_name) == -1)
		return true;
	return fstatat(p->dir, p->name, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_ino == by_name.st_ino && lstat(p->path, &here) == 0 &&
	       here.st_ino == by_name.st_ino;
}

static void
check_row(const char *dir, const struct row *row, const char *path)
{
	struct error e = NO_ERROR;
	struct trust_place p;

	assert_row(trust_find(&p, path, &e) == row->rc, "%s: %s", path, e.msg);
	if (row->rc == -1)
		assert_row(strstr(e.msg, row->found) != NULL, "%s: %s", path, e.msg);
	else
		assert_row(e.cls == ERR_OK, "%s: %s", path, e.msg);
	if (row->rc != 0)
		return;
	assert_row(is_file(&p, path), "%s is another file: %s", path, p.path);
	if (row->found != NULL && *path == '/')
		assert_string_equal(p.path, in_dir(dir, row->found));
	else if (row->found != NULL)
		assert_string_equal(p.path, row->found);
	trust_leave(&p);
}

static void
test_a_name_leads_where_the_system_says(void **state)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	make_tree(*state);
	for (size_t i = 0; i < nitems(rows); i++)
		check_row(*state, &rows[i], in_dir(*state, rows[i].path));
	assert_int_equal(chdir(*state), 0);
	for (size_t i = 0; i < nitems(rows); i++)
		check_row(*state, &rows[i], rows[i].path);
	assert_int_equal(fchdir(here), 0);
	(void)close(here);
}

static void
test_odd_names(void **state)
{
	static const struct row odd[] = { { "/", 0, NULL }, { "//", 0, NULL }, { "/..", 0, NULL },
		{ ".", 0, NULL }, { "..", 0, NULL } };
	char name[5000];
	const char *path;

	for (size_t i = 0; i < nitems(odd); i++)
		check_row(*state, &odd[i], odd[i].path);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	path = in_dir(*state, "x");
	check_row(*state, &(struct row){ "", -1, "xxx" }, name); /* the words are cut */
	name[256] = '\0';
	check_row(*state, &(struct row){ "", -1, "too long" }, name);
	name[255] = '\0';
	check_row(*state, &(struct row){ "", 0, name }, name);
	check_row(*state, &(struct row){ "", 0, "x" }, path);
}

static void
test_links_of_others_lead_nowhere(void **state)
{
	struct error e = NO_ERROR;
	struct trust_place p;

	make_tree(*state);
	assert_int_equal(lchown(in_dir(*state, "relative"), 12345, 12345), 0);
	assert_int_equal(trust_find(&p, in_dir(*state, "relative"), &e), -1);
	assert_int_equal(e.cls, ERR_CREATE);
	assert_non_null(strstr(e.msg, "relative is a symbolic link that belongs to user 12345"));
	e = (struct error)NO_ERROR;
	assert_int_equal(trust_find(&p, in_dir(*state, "relative/e/f"), &e), -1);
	e = (struct error)NO_ERROR;
	assert_int_equal(trust_find(&p, in_dir(*state, "here/long"), &e), -1);
	e = (struct error)NO_ERROR;
	assert_int_equal(trust_open_dir(in_dir(*state, "relative"), true, &e), -1);
	assert_int_equal(e.cls, ERR_CREATE);
}

/* What stands in a file, and whether it is one of those that begin with "since ". */
static void
test_beginnings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool ours;
	} t[] = { { "", 0, true }, { "since 1", 7, true }, { "sin", 3, true },
		{ "\0\0\0\0\0\0\0\0", 8, true }, { "since", 5, true }, { "sin\0\0\0", 6, true },
		{ "since\n", 6, false }, { "x", 1, false }, { "\n", 1, false } };
	const char *path = in_dir(*state, "file");

	for (size_t i = 0; i < nitems(t); i++) {
		write_file(path, t[i].text, t[i].len, 0600);
		trust_unlink(path, "since ");
		assert_row((access(path, F_OK) == -1) == t[i].ours, "row %zu", i);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	trust_unlink(path, "since ");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	write_file(in_dir(*state, "elsewhere"), "since 1", 7, 0600);
	trust_unlink(path, "since ");
	assert_file_equal(in_dir(*state, "elsewhere"), "since 1");
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_name_leads_where_the_system_says, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_odd_names, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_beginnings, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_links_of_others_lead_nowhere, make_dir, remove_dir),
	};
	size_t n = nitems(tests);

	if (geteuid() != 0) {
		n--; /* cmocka 1.1.5 has skip() look like a failure */
		(void)printf("SKIP: links of other users: only root can make one\n");
	}
	return _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
}

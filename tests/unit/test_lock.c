/* One run at a time on an account. */
#include "unit.h"

#include "state/lock.h"

/* In a child: 0 when the lock could be had, 1 when another run holds it. */
static int
try_lock(void *path)
{
	struct error e = NO_ERROR;
	int fd = lock_acquire(path, false, &e);

	if (fd == -1)
		return e.cls == ERR_TEMP && strstr(e.msg, "another haulmail") != NULL ? 1 : 2;
	lock_release(fd);
	return 0;
}

static void
test_a_second_run_is_kept_out_until_the_first_ends(void **state)
{
	char path[1024]; /* not on the heap: to a child that exits it would be lost there */
	struct error e = NO_ERROR;
	int fd;

	(void)strlcpy(path, in_dir(*state, "journal"), sizeof(path));
	fd = lock_acquire(path, false, &e);
	assert_true(fd != -1);
	assert_int_equal(in_child(try_lock, path), 1);
	assert_int_equal(in_child(try_lock, path), 1);
	lock_release(fd);
	assert_int_equal(in_child(try_lock, path), 0);
	fd = lock_acquire(path, false, &e);
	assert_true(fd != -1);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	lock_release(fd);
}

static void
test_the_lock_of_one_account_is_not_that_of_another(void **state)
{
	struct error e = NO_ERROR;
	int a = lock_acquire(in_dir(*state, "a"), false, &e),
	    b = lock_acquire(in_dir(*state, "b"), false, &e);

	assert_true(a != -1 && b != -1);
	lock_release(a);
	lock_release(b);
}

static void
test_the_lock_file_stays_and_is_private(void **state)
{
	struct error e = NO_ERROR;
	struct stat st;

	lock_release(lock_acquire(in_dir(*state, "new/dir/journal"), false, &e));
	assert_int_equal(stat(in_dir(*state, "new/dir/journal.lock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(access(in_dir(*state, "new/dir/journal"), F_OK), -1);
}

static void
test_a_journal_that_was_noted_is_missed(void **state)
{
	struct error e = NO_ERROR;
	char path[1024];
	int fd;

	(void)strlcpy(path, in_dir(*state, "journal"), sizeof(path));
	assert_false(lock_misses_journal(path)); /* nothing was ever there */
	fd = lock_acquire(path, false, &e);
	assert_false(lock_misses_journal(path)); /* a run that died at once */
	write_file(path, "", 0, 0600);
	lock_note_journal(fd);
	assert_false(lock_misses_journal(path)); /* it is there */
	assert_int_equal(unlink(path), 0);
	assert_true(lock_misses_journal(path));
	lock_note_journal(fd); /* once is enough */
	lock_release(fd);
	assert_true(lock_misses_journal(path));
	assert_int_equal(symlink("nowhere", path), 0);
	assert_false(lock_misses_journal(path)); /* something is there: opening it will tell */
	assert_int_equal(unlink(in_dir(*state, "journal.lock")), 0);
	assert_int_equal(unlink(path), 0);
	assert_false(lock_misses_journal(path));
}

static void
test_a_symbolic_link_is_no_lock_file(void **state)
{
	struct error e = NO_ERROR;

	assert_int_equal(symlink(in_dir(*state, "elsewhere"), in_dir(*state, "journal.lock")), 0);
	assert_int_equal(lock_acquire(in_dir(*state, "journal"), false, &e), -1);
	assert_int_equal(e.cls, ERR_CREATE);
	assert_int_equal(access(in_dir(*state, "elsewhere"), F_OK), -1);
	lock_release(-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_second_run_is_kept_out_until_the_first_ends, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_the_lock_of_one_account_is_not_that_of_another, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_the_lock_file_stays_and_is_private, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_a_journal_that_was_noted_is_missed, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_a_symbolic_link_is_no_lock_file, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

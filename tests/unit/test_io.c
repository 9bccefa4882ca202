/* Whole reads and whole writes, however little the system takes at a time. */
#include "unit.h"

#include <signal.h>

#include "util/io.h"

#define PIECES 5000

/* In a child: 0 when all bytes of the known pattern come out of the pipe. */
static int
read_pattern(int fd, size_t total)
{
	unsigned char buf[1000];
	size_t at = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++, at++)
			if (buf[i] != (unsigned char)(at % 251))
				return 1;
	return at == total ? 0 : 2;
}

static void
test_many_pieces_go_through_a_pipe_whole(void **state)
{
	struct iovec *iov = calloc(PIECES, sizeof(*iov));
	unsigned char *bytes = malloc(1024 * KiB);
	size_t at = 0;
	int fds[2];
	pid_t pid = -1;

	(void)state;
	assert_true(iov != NULL && bytes != NULL && pipe(fds) == 0);
	for (size_t i = 0; i < 1024 * KiB; i++)
		bytes[i] = (unsigned char)(i % 251);
	for (size_t i = 0; i < PIECES; i++) {
		iov[i].iov_base = bytes + at;
		iov[i].iov_len = i % 7 == 0 ? 0 : i % 400; /* some are empty */
		at += iov[i].iov_len;
	}
	assert_true(at <= 1024 * KiB && (pid = fork()) != -1);
	if (pid == 0) {
		(void)close(fds[1]);
		_exit(read_pattern(fds[0], at));
	}
	(void)close(fds[0]);
	assert_int_equal(writev_all(fds[1], iov, PIECES), 0);
	(void)close(fds[1]);
	assert_int_equal(wait_child(pid), 0);
	free(iov);
	free(bytes);
}

static void
test_nothing_is_written_at_once(void **state)
{
	struct iovec empty[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

	(void)state;
	assert_int_equal(write_all(-1, NULL, 0), 0);
	assert_int_equal(writev_all(-1, empty, 3), 0);
	assert_int_equal(writev_all(-1, empty, 0), 0);
}

static void
test_a_failed_write_says_why(void **state)
{
	int fds[2];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	(void)close(fds[0]);
	assert_int_equal(write_all(fds[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	(void)close(fds[1]);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void
test_reads_are_short_only_at_the_end_of_the_file(void **state)
{
	const char *path = in_dir(*state, "file");
	char *buf = malloc(8);
	int fd;

	assert_non_null(buf);
	write_file(path, "0123456789", 10, 0600);
	assert_true((fd = open(path, O_RDONLY)) != -1);
	assert_int_equal(pread_all(fd, buf, 8, 0), 8);
	assert_memory_equal(buf, "01234567", 8);
	assert_int_equal(pread_all(fd, buf, 8, 7), 3);
	assert_memory_equal(buf, "789", 3);
	assert_int_equal(pread_all(fd, buf, 8, 10), 0);
	assert_int_equal(pread_all(fd, buf, 8, 1000), 0);
	assert_int_equal(pread_all(fd, buf, 0, 0), 0);
	(void)close(fd);
	assert_int_equal(pread_all(-1, buf, 8, 0), -1);
	assert_int_equal(errno, EBADF);
	free(buf);
}

static void
test_a_file_is_read_to_its_end_within_the_bound(void **state)
{
	const char *path = in_dir(*state, "file");

	write_file(path, "0123456789", 10, 0600);
	for (size_t most = 0; most < 20; most++) {
		struct buf out = BUF_INIT(most);
		int fd = open(path, O_RDONLY), rc;

		assert_true(fd != -1);
		rc = read_to_end(fd, &out);
		if (most < 10) {
			assert_int_equal(rc, -1);
			assert_int_equal(errno, EFBIG);
		} else {
			assert_row(rc == 0, "a bound of %zu", most);
			assert_slice_equal(buf_slice(&out), "0123456789");
		}
		(void)close(fd);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_pieces_go_through_a_pipe_whole),
		cmocka_unit_test(test_nothing_is_written_at_once),
		cmocka_unit_test(test_a_failed_write_says_why),
		cmocka_unit_test_setup_teardown(
		    test_reads_are_short_only_at_the_end_of_the_file, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_a_file_is_read_to_its_end_within_the_bound, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

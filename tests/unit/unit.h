/*
 * unit.h - what the unit tests share: cmocka, exact copies, slices, children, temporary files.
 *
 * Everything here is static: a test program is one .c file and this header.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/error.h"
#include "util/slice.h"
#include "util/util.h"

/* A string literal with its NULs as a slice, for tables. */
#define BYTES(literal)                                                                             \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}

/* Nobody has failed yet. */
#define NO_ERROR                                                                                   \
	{                                                                                          \
		.cls = ERR_OK                                                                      \
	}

/* ---- exact copies: without a NUL behind them, so that every over-read shows ---- */

static inline char *
exact_bytes(const void *p, size_t len)
{
	char *copy = malloc(len);

	assert_true(copy != NULL || len == 0);
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

static inline char *
exact_copy(const char *s)
{
	return exact_bytes(s, strlen(s));
}

/* ---- comparing ---- */

static inline void
print_bytes(const char *what, const char *p, size_t len)
{
	print_error("%s, %zu bytes: \"", what, len);
	for (size_t i = 0; i < len && i < 400; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < ' ' || c > '~' || c == '\\')
			print_error("\\%03o", c);
		else
			print_error("%c", c);
	}
	print_error("\"\n");
}

static inline void
check_bytes(const char *got, size_t got_len, const char *want, size_t want_len, const char *about,
    const char *file, int line)
{
	if (got_len == want_len && (got_len == 0 || memcmp(got, want, got_len) == 0))
		return;
	print_bytes("got", got, got_len);
	print_bytes("want", want, want_len);
	if (about != NULL)
		print_error("in: %s\n", about);
	_fail(file, line);
}

static inline void
check_slice(struct slice got, const char *want, const char *file, int line)
{
	check_bytes(got.p, got.len, want, strlen(want), NULL, file, line);
}

#define assert_slice_equal(slice, want) check_slice(slice, want, __FILE__, __LINE__)

#define assert_bytes_equal(got, want, about)                                                       \
	check_bytes((got).p, (got).len, (want).p, (want).len, about, __FILE__, __LINE__)

/* An assertion about one row of a table: tells which. */
#define assert_row(condition, ...)                                                                 \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			print_error("not so: %s, for ", #condition);                               \
			print_error(__VA_ARGS__);                                                  \
			print_error("\n");                                                         \
			_fail(__FILE__, __LINE__);                                                 \
		}                                                                                  \
	} while (0)

/* ---- the same random bytes in every run ---- */

static uint64_t random_state = 88172645463325252U;

static inline uint32_t
random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 11) % limit;
}

/* ---- files ---- */

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* A fixture: *state is a fresh directory, by a path that is absolute and has no symbolic links. */
static inline int
make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char name[1024];

	(void)snprintf(name, sizeof(name), "%s/haulmail-unit.XXXXXX",
	    tmp != NULL && *tmp == '/' ? tmp : "/tmp");
	if (mkdtemp(name) == NULL || (*state = realpath(name, NULL)) == NULL)
		return -1;
	return 0;
}

static inline int
remove_dir(void **state)
{
	int rc = nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	*state = NULL;
	return rc;
}

/* "dir/name" in one of a few static buffers. */
static inline const char *
in_dir(const char *dir, const char *name)
{
	static char paths[8][1024];
	static unsigned next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static inline void
write_file(const char *path, const void *p, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd != -1);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_true(write(fd, p, len) == (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

/* The whole file, with a NUL behind it that len does not count; free(3) it. */
static inline char *
read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;
	ssize_t n;

	assert_true(fd != -1);
	assert_int_equal(fstat(fd, &st), 0);
	text = malloc((size_t)st.st_size + 1);
	assert_non_null(text);
	n = read(fd, text, (size_t)st.st_size);
	assert_true(n == st.st_size);
	(void)close(fd);
	text[n] = '\0';
	if (len != NULL)
		*len = (size_t)n;
	return text;
}

static inline void
check_file(const char *path, const char *want, const char *file, int line)
{
	size_t len;
	char *text = read_file(path, &len);

	check_bytes(text, len, want, strlen(want), path, file, line);
	free(text);
}

#define assert_file_equal(path, want) check_file(path, want, __FILE__, __LINE__)

/* ---- children ---- */

/* The exit status of one; -1 for another end. */
static inline int
wait_child(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs fn in a child, where no cmocka assertion may be used, and returns what fn does. */
static inline int
in_child(int (*fn)(void *), void *arg)
{
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid == 0)
		_exit(fn(arg));
	return wait_child(pid);
}

#endif

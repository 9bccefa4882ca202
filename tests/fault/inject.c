/*
 * inject.c - counts the system calls of the program it is preloaded into, and makes one go wrong.
 *
 * A shared object for LD_PRELOAD, of the test suite only. It acts in the process that was started
 * with it and in none of that one's children. All is said by the environment:
 *
 *     HAULMAIL_FAULT_LOG=FILE     append a line to FILE for each call
 *     HAULMAIL_FAULT_DATA=1       and let it tell what was written
 *     HAULMAIL_FAULT_AT=CLASS:N   the call to hit: the N-th one of its class
 *     HAULMAIL_FAULT_DO=WHAT      what befalls it:
 *         kill-before, kill-after     SIGKILL just before it, or just after
 *         tear                        SIGKILL after half of its bytes are written
 *         short                       only half of its bytes, at least one, are taken
 *         ENOSPC, EIO, EINTR, ...     it fails so, and does nothing
 *         ENOSPC+, EIO+               and so do all changes to files after it
 *         close                       the connection is gone before it
 *         term                        SIGTERM just before it
 *     HAULMAIL_FAULT_NO_TMPFILE=1 the file system knows no O_TMPFILE
 *     HAULMAIL_FAULT_CLOCK=MS     each look at the monotonic clock finds it MS further on
 *     HAULMAIL_FAULT_SPOIL=HOW    for tests of the tests, break the program's care:
 *         sync, sync=TEXT             no sync happens (where TEXT is in the file's name)
 *         early                       "seen" is written right behind the intent
 *         truncate                    ftruncate succeeds and does nothing
 *
 * The classes: "file" for what concerns files and directories, "send" for connect and send,
 * "recv" for what comes from the network. Files are touched in the same order in each run; how
 * many recvs a reply takes may vary, so that they do not share a count. A recv that would find
 * nothing is not counted.
 *
 * A line of the log: class:n, the call's name, then KEY=VALUE fields, all separated by tabs. The
 * line of the call that was hit has "fault=WHAT"; it is written before the fault, and once more
 * as an ordinary one if the program lives on.
 *
 * Calls that libc makes for itself (stdio, the resolver) do not pass through here.
 */
#define _GNU_SOURCE 1
#undef _FORTIFY_SOURCE /* its inline functions would be defined twice */
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum call_class { CLASS_FILE, CLASS_SEND, CLASS_RECV, NCLASSES };
static const char *const class_names[NCLASSES] = { "file", "send", "recv" };

enum fault {
	FAULT_NONE,
	FAULT_KILL_BEFORE,
	FAULT_KILL_AFTER,
	FAULT_TEAR,
	FAULT_SHORT,
	FAULT_ERRNO,
	FAULT_CLOSE,
	FAULT_TERM
};

#define CHANGES 1     /* it changes files: fails with EIO+ */
#define TAKES_SPACE 2 /* it fails with ENOSPC+, too */

struct call {
	const char *name;
	enum call_class cls;
	int flags;

	/* what it is about: the log tells those that are set */
	int fd;           /* -1: none */
	const char *path; /* and a second one for rename and link */
	const char *to;
	int64_t at; /* the offset of a write, the size of a truncation */
	int oflags; /* of open */
	bool was;   /* open: the file existed before */
	char fd_path[512], dir_path[512], to_dir_path[512]; /* of descriptors */

	unsigned long n; /* its number; 0: it is not one of ours */
	enum fault fault;
};

/* What the environment wants. */
static struct {
	pid_t pid; /* where to act; 0: nowhere yet */
	int log;
	bool data, no_tmpfile, no_truncate, no_sync, early;
	const char *sync_name;
	enum call_class at_class;
	unsigned long at; /* 0: nothing goes wrong */
	const char *what;
	enum fault fault;
	int error;    /* for FAULT_ERRNO */
	bool lasting; /* and from then on */
	long clock_ms;
} want = { .log = -1 };

static unsigned long count[NCLASSES];
static bool struck; /* the fault has happened */
static int connection = -1;
static long ahead_ms;

#define REAL(type, name, ...)                                                                      \
	static type (*real)(__VA_ARGS__);                                                          \
	if (real == NULL)                                                                          \
	*(void **)&real = dlsym(RTLD_NEXT, name)

static ssize_t
real_writev(int fd, const struct iovec *iov, int n)
{
	REAL(ssize_t, "writev", int, const struct iovec *, int);
	return real(fd, iov, n);
}

/* ---- the environment ---- */

static void
set_fault(const char *what)
{
	static const struct {
		const char *name;
		enum fault fault;
		int error;
	} faults[] = { { "kill-before", FAULT_KILL_BEFORE, 0 },
		{ "kill-after", FAULT_KILL_AFTER, 0 }, { "tear", FAULT_TEAR, 0 },
		{ "short", FAULT_SHORT, 0 }, { "close", FAULT_CLOSE, 0 }, { "term", FAULT_TERM, 0 },
		{ "ENOSPC", FAULT_ERRNO, ENOSPC }, { "EIO", FAULT_ERRNO, EIO },
		{ "EINTR", FAULT_ERRNO, EINTR }, { "EDQUOT", FAULT_ERRNO, EDQUOT },
		{ "EROFS", FAULT_ERRNO, EROFS } };
	size_t len = strcspn(what, "+");

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strlen(faults[i].name) == len && strncmp(what, faults[i].name, len) == 0) {
			want.fault = faults[i].fault;
			want.error = faults[i].error;
		}
	want.lasting = what[len] == '+';
	want.what = what;
	if (want.fault == FAULT_NONE || (want.lasting && want.fault != FAULT_ERRNO)) {
		(void)fprintf(stderr, "inject: what is HAULMAIL_FAULT_DO=%s?\n", what);
		_exit(99);
	}
}

static void
set_place(const char *at)
{
	size_t len = strcspn(at, ":");

	for (int c = 0; c < NCLASSES; c++)
		if (strlen(class_names[c]) == len && strncmp(at, class_names[c], len) == 0) {
			want.at_class = (enum call_class)c;
			want.at = strtoul(at + len + (at[len] == ':'), NULL, 10);
		}
	if (want.at == 0) {
		(void)fprintf(stderr, "inject: what is HAULMAIL_FAULT_AT=%s?\n", at);
		_exit(99);
	}
}

static void
set_spoil(const char *how)
{
	want.no_truncate = strcmp(how, "truncate") == 0;
	want.early = strcmp(how, "early") == 0;
	want.no_sync = strncmp(how, "sync", 4) == 0;
	want.sync_name = strncmp(how, "sync=", 5) == 0 ? how + 5 : "";
}

__attribute__((constructor)) static void
start(void)
{
	const char *s;
	int fd;

	want.data = getenv("HAULMAIL_FAULT_DATA") != NULL;
	want.no_tmpfile = getenv("HAULMAIL_FAULT_NO_TMPFILE") != NULL;
	if ((s = getenv("HAULMAIL_FAULT_CLOCK")) != NULL)
		want.clock_ms = strtol(s, NULL, 10);
	if ((s = getenv("HAULMAIL_FAULT_SPOIL")) != NULL)
		set_spoil(s);
	if ((s = getenv("HAULMAIL_FAULT_AT")) != NULL) {
		set_place(s);
		set_fault((s = getenv("HAULMAIL_FAULT_DO")) != NULL ? s : "");
	}
	if ((s = getenv("HAULMAIL_FAULT_LOG")) != NULL &&
	    (fd = open(s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) != -1) {
		want.log = fcntl(fd, F_DUPFD_CLOEXEC, 200); /* out of the program's way */
		(void)close(fd);
	}
	(void)unsetenv("LD_PRELOAD"); /* children are left alone */
	want.pid = getpid();
}

/* ---- the log ---- */

static void
write_log(const char *line, size_t len)
{
	struct iovec one = { .iov_base = (void *)(uintptr_t)line, .iov_len = len };

	(void)real_writev(want.log, &one, 1);
}

static void
log_data(const struct iovec *iov, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = malloc(2 * len + 8), *p = hex;

	if (hex == NULL)
		_exit(99);
	p = stpcpy(p, "\tdata=");
	for (; len > 0; iov++)
		for (size_t i = 0; i < iov->iov_len && len > 0; i++, len--) {
			unsigned char byte = ((const unsigned char *)iov->iov_base)[i];

			*p++ = digits[byte >> 4];
			*p++ = digits[byte & 15];
		}
	write_log(hex, (size_t)(p - hex));
	free(hex);
}

/* A line about the call: rc is its result, iov what it has written. */
static void
log_call(const struct call *c, const char *fault, long rc, int error, const struct iovec *iov)
{
	char line[2048];
	struct stat st;
	int len;

	if (want.log == -1)
		return;
	len = snprintf(line, sizeof(line), "%s:%lu\t%s\tpath=%s", class_names[c->cls], c->n,
	    c->name, c->path != NULL ? c->path : c->fd_path);
	if (fault != NULL)
		len += snprintf(line + len, sizeof(line) - (size_t)len, "\tfault=%s", fault);
	else
		len += snprintf(
		    line + len, sizeof(line) - (size_t)len, "\trc=%ld\terrno=%d", rc, error);
	if (c->to != NULL)
		len += snprintf(line + len, sizeof(line) - (size_t)len, "\tto=%s", c->to);
	if (fault == NULL && (c->fd != -1 ? fstat(c->fd, &st) : -1) == 0)
		len += snprintf(line + len, sizeof(line) - (size_t)len, "\tino=%lu\tdir=%d",
		    (unsigned long)st.st_ino, S_ISDIR(st.st_mode));
	if (c->oflags != -1)
		len += snprintf(line + len, sizeof(line) - (size_t)len,
		    "\tflags=%d\ttmpfile=%d\twas=%d", c->oflags,
		    (c->oflags & O_TMPFILE) == O_TMPFILE, c->was);
	if (c->at != -1)
		len +=
		    snprintf(line + len, sizeof(line) - (size_t)len, "\tat=%lld", (long long)c->at);
	write_log(line, (size_t)len);
	if (want.data && iov != NULL && rc > 0)
		log_data(iov, (size_t)rc);
	write_log("\n", 1);
}

/* ---- around each call ---- */

static void
kill_now(void)
{
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

static void
name_fd(int fd, char *path, size_t size)
{
	char link[40];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
}

/* The path as it is from the root, in room, for calls like openat(2). */
static const char *
from_dir(int dir, const char *path, char *room, size_t size)
{
	size_t len;

	if (dir == AT_FDCWD || *path == '/')
		return path;
	name_fd(dir, room, size);
	len = strlen(room);
	(void)snprintf(room + len, size - len, "/%s", path);
	return room;
}

static bool
hits(const struct call *c)
{
	if (want.at != 0 && !struck && c->cls == want.at_class && c->n == want.at)
		return true;
	return struck && want.lasting && c->cls == CLASS_FILE &&
	       (c->flags & (want.error == EIO ? CHANGES : TAKES_SPACE)) != 0;
}

/* Before the call: 0 to make it, -1 with errno set when it is to fail. */
static int
begin(struct call *c)
{
	if (want.pid == 0 || getpid() != want.pid || (c->fd >= 0 && c->fd == want.log))
		return 0;
	c->n = ++count[c->cls];
	if (c->fd != -1)
		name_fd(c->fd, c->fd_path, sizeof(c->fd_path));
	if (!hits(c))
		return 0;
	struck = true;
	c->fault = want.fault;
	log_call(c, want.what, 0, 0, NULL);
	switch (c->fault) {
	case FAULT_KILL_BEFORE:
		kill_now();
		break;
	case FAULT_TERM:
		(void)kill(getpid(), SIGTERM);
		break;
	case FAULT_CLOSE:
		if (connection != -1)
			(void)shutdown(connection, SHUT_RDWR);
		break;
	case FAULT_ERRNO:
		errno = want.error;
		return -1;
	default:
		break;
	}
	return 0;
}

/* After the call. */
static long
end(const struct call *c, long rc, const struct iovec *iov)
{
	int error = errno;

	if (c->n == 0)
		return rc;
	log_call(c, NULL, rc, rc == -1 ? error : 0, iov);
	if (c->fault == FAULT_KILL_AFTER || c->fault == FAULT_TEAR)
		kill_now();
	errno = error;
	return rc;
}

/* How much of len bytes the call may take: half of them when it was hit so. */
static size_t
allowed(const struct call *c, size_t len)
{
	return (c->fault == FAULT_SHORT || c->fault == FAULT_TEAR) && len > 1 ? len / 2 : len;
}

/* A call about a descriptor. */
static struct call
about_fd(const char *name, enum call_class cls, int flags, int fd)
{
	return (struct call){
		.name = name, .cls = cls, .flags = flags, .fd = fd, .at = -1, .oflags = -1
	};
}

/* A call about a path, or about two. */
static struct call
about_path(const char *name, int flags, const char *path, const char *to)
{
	struct call c = about_fd(name, CLASS_FILE, flags, -1);

	c.path = path;
	c.to = to;
	return c;
}

/* ---- writing ---- */

static size_t
total(const struct iovec *iov, int n)
{
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += iov[i].iov_len;
	return len;
}

/* All of them in one piece of memory. */
static char *
gather(const struct iovec *iov, int n)
{
	char *all = malloc(total(iov, n) + 1), *p = all;

	if (all == NULL)
		_exit(99);
	for (int i = 0; i < n; p += iov[i++].iov_len)
		if (iov[i].iov_len > 0)
			memcpy(p, iov[i].iov_base, iov[i].iov_len);
	return all;
}

/* Says of each message of the intent in the text that it has been seen. */
static void
write_too_early(int fd, const char *text, size_t len)
{
	const char *end = text + len, *intent = memmem(text, len, "intent ", 7);
	char seen[512];

	if (intent == NULL || (intent > text && intent[-1] != '\n'))
		return;
	for (const char *p = intent, *word; p < end; p = word) {
		size_t key = 0;

		if ((word = memchr(p, ' ', (size_t)(end - p))) == NULL)
			break;
		word++; /* KEY:LENGTH:DIGEST, but mbox:PATH is none */
		while (word + key < end && word[key] != ':' && word[key] != ' ')
			key++;
		if (word + key + 1 < end && word[key] == ':' && word[key + 1] != '/') {
			(void)snprintf(
			    seen, sizeof(seen), "seen %.*s 1754300000\n", (int)key, word);
			(void)write(fd, seen, strlen(seen));
		}
	}
}

/* off -1: at the file's own offset. */
static ssize_t
any_write(const char *name, int fd, const struct iovec *iov, int n, off_t off)
{
	struct call c = about_fd(name, CLASS_FILE, CHANGES | TAKES_SPACE, fd);
	struct iovec one = { .iov_len = 0 };
	struct stat st;
	long rc = begin(&c);
	REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);

	if (c.n == 0)
		return off == -1 ? real_writev(fd, iov, n)
				 : real(fd, iov->iov_base, iov->iov_len, off);
	c.at = off != -1                                                ? off
	       : (fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &st) == 0 ? st.st_size
									: lseek(fd, 0, SEEK_CUR);
	if (rc == -1)
		return end(&c, rc, NULL);
	one.iov_base = gather(iov, n);
	one.iov_len = allowed(&c, total(iov, n));
	if (off != -1)
		rc = real(fd, one.iov_base, one.iov_len, off);
	else
		rc = real_writev(fd, &one, 1);
	rc = end(&c, rc, &one);
	if (want.early)
		write_too_early(fd, one.iov_base, one.iov_len);
	free(one.iov_base);
	return rc;
}

ssize_t
write(int fd, const void *p, size_t len)
{
	struct iovec one = { .iov_base = (void *)(uintptr_t)p, .iov_len = len };

	return any_write("write", fd, &one, 1, -1);
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	return any_write("writev", fd, iov, n, -1);
}

ssize_t
pwrite(int fd, const void *p, size_t len, off_t off)
{
	struct iovec one = { .iov_base = (void *)(uintptr_t)p, .iov_len = len };

	return any_write("pwrite", fd, &one, 1, off);
}

/* ---- reading ---- */

static ssize_t
any_read(const char *name, int fd, void *p, size_t len, off_t off)
{
	struct call c = about_fd(name, CLASS_FILE, 0, fd);
	long rc = begin(&c);
	REAL(ssize_t, "pread", int, void *, size_t, off_t);

	if (rc == 0 && off != -1) {
		rc = real(fd, p, allowed(&c, len), off);
	} else if (rc == 0) {
		struct iovec one = { .iov_base = p, .iov_len = allowed(&c, len) };

		rc = readv(fd, &one, 1);
	}
	return end(&c, rc, NULL);
}

ssize_t
read(int fd, void *p, size_t len)
{
	return any_read("read", fd, p, len, -1);
}

ssize_t
pread(int fd, void *p, size_t len, off_t off)
{
	return any_read("pread", fd, p, len, off);
}

/* ---- syncing, truncating ---- */

static bool
sync_is_spoilt(const struct call *c)
{
	return want.no_sync && c->n != 0 && strstr(c->fd_path, want.sync_name) != NULL;
}

int
fsync(int fd)
{
	struct call c = about_fd("fsync", CLASS_FILE, CHANGES, fd);
	int rc = begin(&c);
	REAL(int, "fsync", int);

	if (sync_is_spoilt(&c))
		return 0;
	return (int)end(&c, rc == 0 ? real(fd) : rc, NULL);
}

int
fdatasync(int fd)
{
	struct call c = about_fd("fdatasync", CLASS_FILE, CHANGES, fd);
	int rc = begin(&c);
	REAL(int, "fdatasync", int);

	if (sync_is_spoilt(&c))
		return 0;
	return (int)end(&c, rc == 0 ? real(fd) : rc, NULL);
}

int
ftruncate(int fd, off_t size)
{
	struct call c = about_fd("ftruncate", CLASS_FILE, CHANGES, fd);
	int rc;
	REAL(int, "ftruncate", int, off_t);

	c.at = size;
	rc = begin(&c);
	if (rc == 0 && !(want.no_truncate && c.n != 0))
		rc = real(fd, size);
	return (int)end(&c, rc, NULL);
}

/* ---- names ---- */

/* To look at a name, or at a directory on the way to one: too many for all to be tried. */
static bool
only_looks(int flags)
{
	return (flags & O_PATH) != 0 ||
	       (flags & (O_DIRECTORY | O_NOFOLLOW)) == (O_DIRECTORY | O_NOFOLLOW);
}

static int
any_open(const char *name, int dir, const char *path, int flags, mode_t mode)
{
	bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
	struct call c = about_path(name, creates ? CHANGES | TAKES_SPACE : 0, path, NULL);
	struct stat st;
	int rc;
	REAL(int, "openat", int, const char *, int, ...);

	if (only_looks(flags))
		return real(dir, path, flags, mode);
	c.path = from_dir(dir, path, c.dir_path, sizeof(c.dir_path));
	c.oflags = flags;
	c.was = fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
	rc = begin(&c);
	if (rc == 0 && want.no_tmpfile && c.n != 0 && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		rc = -1;
	}
	if (rc == 0)
		rc = real(dir, path, flags, mode);
	c.fd = rc;
	return (int)end(&c, rc, NULL);
}

/* The mode, which is there only when a file may be created. */
#define MODE_ARGUMENT(flags, mode)                                                                 \
	if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, flags);                                                               \
		(mode) = va_arg(ap, mode_t);                                                       \
		va_end(ap);                                                                        \
	}

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode)
	return any_open("open", AT_FDCWD, path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode)
	return any_open("openat", dir, path, flags, mode);
}

int
creat(const char *path, mode_t mode)
{
	return any_open("creat", AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int
mkostemp(char *template, int flags)
{
	struct call c = about_path("mkostemp", CHANGES | TAKES_SPACE, NULL, NULL);
	int rc;
	REAL(int, "mkostemp", char *, int);

	c.oflags = flags | O_RDWR | O_CREAT | O_EXCL;
	rc = begin(&c);
	if (rc == 0)
		rc = real(template, flags);
	c.path = template;
	c.fd = rc;
	return (int)end(&c, rc, NULL);
}

int
mkstemp(char *template)
{
	return mkostemp(template, 0);
}

int
rename(const char *from, const char *to)
{
	struct call c = about_path("rename", CHANGES, from, to);
	int rc = begin(&c);
	REAL(int, "rename", const char *, const char *);

	return (int)end(&c, rc == 0 ? real(from, to) : rc, NULL);
}

int
renameat(int fromdir, const char *from, int todir, const char *to)
{
	struct call c = about_path("renameat", CHANGES, from, to);
	int rc;
	REAL(int, "renameat", int, const char *, int, const char *);

	c.path = from_dir(fromdir, from, c.dir_path, sizeof(c.dir_path));
	c.to = from_dir(todir, to, c.to_dir_path, sizeof(c.to_dir_path));
	rc = begin(&c);
	return (int)end(&c, rc == 0 ? real(fromdir, from, todir, to) : rc, NULL);
}

int
link(const char *from, const char *to)
{
	struct call c = about_path("link", CHANGES | TAKES_SPACE, from, to);
	int rc = begin(&c);
	REAL(int, "link", const char *, const char *);

	return (int)end(&c, rc == 0 ? real(from, to) : rc, NULL);
}

int
linkat(int fromdir, const char *from, int todir, const char *to, int flags)
{
	static const char by_fd[] = "/proc/self/fd/";
	struct call c = about_path("linkat", CHANGES | TAKES_SPACE, from, to);
	int rc;
	REAL(int, "linkat", int, const char *, int, const char *, int);

	c.path = from_dir(fromdir, from, c.dir_path, sizeof(c.dir_path));
	c.to = from_dir(todir, to, c.to_dir_path, sizeof(c.to_dir_path));
	if (strncmp(from, by_fd, sizeof(by_fd) - 1) == 0) /* the log tells its inode then */
		c.fd = (int)strtol(from + sizeof(by_fd) - 1, NULL, 10);
	rc = begin(&c);
	return (int)end(&c, rc == 0 ? real(fromdir, from, todir, to, flags) : rc, NULL);
}

int
unlink(const char *path)
{
	struct call c = about_path("unlink", CHANGES, path, NULL);
	int rc = begin(&c);
	REAL(int, "unlink", const char *);

	return (int)end(&c, rc == 0 ? real(path) : rc, NULL);
}

int
unlinkat(int dir, const char *path, int flags)
{
	struct call c = about_path("unlinkat", CHANGES, path, NULL);
	int rc;
	REAL(int, "unlinkat", int, const char *, int);

	c.path = from_dir(dir, path, c.dir_path, sizeof(c.dir_path));
	rc = begin(&c);
	return (int)end(&c, rc == 0 ? real(dir, path, flags) : rc, NULL);
}

int
mkdir(const char *path, mode_t mode)
{
	struct call c = about_path("mkdir", CHANGES | TAKES_SPACE, path, NULL);
	int rc = begin(&c);
	REAL(int, "mkdir", const char *, mode_t);

	return (int)end(&c, rc == 0 ? real(path, mode) : rc, NULL);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	struct call c = about_path("mkdirat", CHANGES | TAKES_SPACE, path, NULL);
	int rc;
	REAL(int, "mkdirat", int, const char *, mode_t);

	c.path = from_dir(dir, path, c.dir_path, sizeof(c.dir_path));
	rc = begin(&c);
	return (int)end(&c, rc == 0 ? real(dir, path, mode) : rc, NULL);
}

/* ---- the network ---- */

int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	struct call c = about_fd("connect", CLASS_SEND, 0, fd);
	int rc = begin(&c);
	REAL(int, "connect", int, const struct sockaddr *, socklen_t);

	if (rc == 0) {
		rc = real(fd, to, len);
		if (c.n != 0)
			connection = fd;
		if (c.fault == FAULT_CLOSE)
			(void)shutdown(fd, SHUT_RDWR);
	} else if (errno == EINTR) { /* an interrupted one goes on behind the scenes */
		(void)real(fd, to, len);
		connection = fd;
		errno = EINTR;
	}
	return (int)end(&c, rc, NULL);
}

ssize_t
sendto(int fd, const void *p, size_t len, int flags, const struct sockaddr *to, socklen_t tolen)
{
	struct call c = about_fd("send", CLASS_SEND, 0, fd);
	struct iovec one = { .iov_base = (void *)(uintptr_t)p, .iov_len = len };
	ssize_t rc = begin(&c);
	REAL(ssize_t, "sendto", int, const void *, size_t, int, const struct sockaddr *, socklen_t);

	return end(&c, rc == 0 ? real(fd, p, allowed(&c, len), flags, to, tolen) : rc, &one);
}

ssize_t
send(int fd, const void *p, size_t len, int flags)
{
	return sendto(fd, p, len, flags, NULL, 0);
}

/* Others take a message whole. */
static bool
is_stream(int fd)
{
	socklen_t len = sizeof(int);
	int type = SOCK_STREAM;

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return type == SOCK_STREAM;
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct call c = about_fd("sendmsg", CLASS_SEND, 0, fd);
	ssize_t rc = begin(&c);
	REAL(ssize_t, "sendmsg", int, const struct msghdr *, int);

	if (rc == 0 && c.fault == FAULT_SHORT && m->msg_iovlen > 0 && is_stream(fd))
		return end(&c, send(fd, m->msg_iov->iov_base, 1, flags), NULL);
	return end(&c, rc == 0 ? real(fd, m, flags) : rc, NULL);
}

ssize_t
recvfrom(int fd, void *p, size_t len, int flags, struct sockaddr *from, socklen_t *fromlen)
{
	struct call c = about_fd("recv", CLASS_RECV, 0, fd);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct iovec one = { .iov_base = p };
	ssize_t rc;
	REAL(ssize_t, "recvfrom", int, void *, size_t, int, struct sockaddr *, socklen_t *);

	if (poll(&ready, 1, 0) == 0)
		return real(fd, p, len, flags, from, fromlen);
	rc = begin(&c);
	if (rc == 0)
		rc = real(fd, p, allowed(&c, len), flags, from, fromlen);
	one.iov_len = rc > 0 ? (size_t)rc : 0;
	return end(&c, rc, &one);
}

ssize_t
recv(int fd, void *p, size_t len, int flags)
{
	return recvfrom(fd, p, len, flags, NULL, NULL);
}

/* ---- time ---- */

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc;
	REAL(int, "clock_gettime", clockid_t, struct timespec *);

	rc = real(id, ts);
	if (rc == 0 && id == CLOCK_MONOTONIC && want.clock_ms > 0 && getpid() == want.pid) {
		ahead_ms += want.clock_ms;
		ts->tv_sec += ahead_ms / 1000;
	}
	return rc;
}

/* ---- other names of the same: large files, and what _FORTIFY_SOURCE makes of them ---- */

#define ALIAS(of) __attribute__((alias(of)))

int open64(const char *path, int flags, ...) ALIAS("open");
int openat64(int dir, const char *path, int flags, ...) ALIAS("openat");
int creat64(const char *path, mode_t mode) ALIAS("creat");
int mkostemp64(char *template, int flags) ALIAS("mkostemp");
int mkstemp64(char *template) ALIAS("mkstemp");
int ftruncate64(int fd, off_t size) ALIAS("ftruncate");
ssize_t pwrite64(int fd, const void *p, size_t len, off_t off) ALIAS("pwrite");
ssize_t pread64(int fd, void *p, size_t len, off_t off) ALIAS("pread");

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags) ALIAS("__open_2");
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags) ALIAS("__openat_2");
ssize_t __read_chk(int fd, void *p, size_t len, size_t room);
ssize_t __pread_chk(int fd, void *p, size_t len, off_t off, size_t room);
ssize_t __pread64_chk(int fd, void *p, size_t len, off_t off, size_t room) ALIAS("__pread_chk");
ssize_t __recv_chk(int fd, void *p, size_t len, size_t room, int flags);

int
__open_2(const char *path, int flags)
{
	return any_open("open", AT_FDCWD, path, flags, 0);
}

int
__openat_2(int dir, const char *path, int flags)
{
	return any_open("openat", dir, path, flags, 0);
}

ssize_t
__read_chk(int fd, void *p, size_t len, size_t room)
{
	return len <= room ? read(fd, p, len) : (abort(), -1);
}

ssize_t
__pread_chk(int fd, void *p, size_t len, off_t off, size_t room)
{
	return len <= room ? pread(fd, p, len, off) : (abort(), -1);
}

ssize_t
__recv_chk(int fd, void *p, size_t len, size_t room, int flags)
{
	return len <= room ? recv(fd, p, len, flags) : (abort(), -1);
}

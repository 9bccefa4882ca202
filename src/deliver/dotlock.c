#include "deliver/dotlock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/child.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/sandbox.h"
#include "util/slice.h"
#include "util/stop.h"
#include "util/trust.h"
#include "util/twin.h"

#define STALE_SECONDS 300
#define HELPER "/usr/bin/dotlockfile" /* of liblockfile-bin; setgid mail */
#define HELPER_LOCKED 4               /* its exit status when somebody else holds the lock */
#define HELPER_MS 10000               /* it tries only once, so it is done in no time */

/* ---- creating it ---- */

static int
write_pid(int fd)
{
	char pid[24];
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

	return write_all(fd, pid, (size_t)n);
}

/* By a file without a name, where system and file system have such. */
static int
create_by_tmpfile(const char *dotlock)
{
	int rc = -1;
#ifdef O_TMPFILE
	char *dir = path_dirname(dotlock), by_fd[40];
	int fd = open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644), err;

	free(dir);
	if (fd == -1)
		return -1;
	(void)snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", fd);
	if (write_pid(fd) == 0)
		rc = linkat(AT_FDCWD, by_fd, AT_FDCWD, dotlock, AT_SYMLINK_FOLLOW);
	err = errno;
	(void)close(fd);
	errno = err;
#else
	(void)dotlock;
	errno = EOPNOTSUPP;
#endif
	return rc;
}

/* By a file of our own that gets the lock's name as a second one. */
static int
create_by_link(const char *dotlock)
{
	char *own = xasprintf("%s.%ld", dotlock, (long)getpid());
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, fd, rc = -1, err;

	(void)unlink(own);
	if ((fd = open(own, flags, 0644)) == -1 && errno == EEXIST) {
		free(own); /* somebody's who has guessed it: one that nobody can */
		own = xasprintf("%s.%ld.%08x", dotlock, (long)getpid(), arc4random());
		fd = open(own, flags, 0644);
	}
	if (fd != -1 && write_pid(fd) == 0)
		rc = link(own, dotlock);
	err = errno;
	if (fd != -1) {
		(void)close(fd);
		(void)unlink(own);
	}
	free(own);
	errno = err;
	return rc;
}

/*
 * Creates the dotlock with our pid in it. It must appear with the pid at once: one that a crash
 * left empty would have no holder, and everybody would wait five minutes for it. 0, or -1 with
 * errno.
 */
static int
create_dotlock(const char *dotlock)
{
	if (create_by_tmpfile(dotlock) == 0)
		return 0;
	return errno == EEXIST ? -1 : create_by_link(dotlock);
}

/* ---- whose it is ---- */

/* The pid in a dotlock; 0 when there is none to be read. */
static pid_t
dotlock_holder(const char *dotlock)
{
	int fd = open(dotlock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct slice text;
	char buf[24];
	uint64_t pid = 0;
	ssize_t n;

	if (fd == -1)
		return 0;
	n = read(fd, buf, sizeof(buf));
	(void)close(fd);
	if (n <= 0)
		return 0;
	text = (struct slice){ buf, (size_t)n };
	text = slice_line(&text);
	return slice_number(slice_trim(text), INT32_MAX, &pid) ? (pid_t)pid : 0;
}

/* Removes the dotlock if its holder is gone or has not touched it for long; true when it did. */
static bool
break_stale(const char *dotlock)
{
	struct stat st, again;
	pid_t holder;
	bool gone;

	if (lstat(dotlock, &st) == -1)
		return errno == ENOENT;
	holder = dotlock_holder(dotlock);
	/* our own number: we could not remove it, or a process before us had the same */
	gone = holder == getpid() || (holder > 0 && kill(holder, 0) == -1 && errno == ESRCH);
	if (!gone && clock_epoch() - (int64_t)st.st_mtime < STALE_SECONDS)
		return false;
	/* somebody else may have broken it and taken it meanwhile: then it is another file */
	if (lstat(dotlock, &again) == -1 || again.st_ino != st.st_ino ||
	    again.st_mtime != st.st_mtime)
		return true;
	if (unlink(dotlock) == -1)
		return errno == ENOENT;
	if (gone)
		log_info("removed %s: its holder, process %ld, is gone", dotlock, (long)holder);
	else
		log_warn("removed %s: nobody has touched it for five minutes", dotlock);
	return true;
}

/* ---- by dotlockfile ---- */

/*
 * Runs dotlockfile, which writes the number of its parent: ours. Its exit status, or -1 when it is
 * not there; as if the lock was held when it does not end, whatever holds it up.
 */
static int
run_helper(const char *action, const char *dotlock)
{
	const char *argv[] = { HELPER, "-q", "-p", action, "-r", "0", dotlock, NULL };
	struct error ignored = { .cls = ERR_OK };
	int status;

	if (access(HELPER, X_OK) == -1)
		return -1;
	if (child_run(argv, clock_ms() + HELPER_MS, &status, &ignored) == -1 || !WIFEXITED(status))
		return HELPER_LOCKED;
	return WEXITSTATUS(status);
}

/* ---- by this process ---- */

/* One attempt; errno tells of FAILED. */
static enum dotlock_outcome
attempt(struct dotlock *l, const char *dotlock)
{
	if (!l->helped) {
		if (create_dotlock(dotlock) == 0)
			return DOTLOCK_HELD;
		if (errno == EEXIST || errno == EINTR)
			return DOTLOCK_TAKEN;
		if (errno == ENAMETOOLONG)
			return DOTLOCK_FORBIDDEN;
		if (errno != EACCES && errno != EPERM && errno != EROFS)
			return DOTLOCK_FAILED;
		l->helped = true;
	}
	switch (run_helper("-l", dotlock)) {
	case 0:
		return DOTLOCK_HELD;
	case HELPER_LOCKED:
		return DOTLOCK_TAKEN;
	default:
		return DOTLOCK_FORBIDDEN;
	}
}

int
dotlock_complain(const char *mbox, struct error *e)
{
	char *dotlock = xasprintf("%s.lock", mbox);
	pid_t holder = dotlock_holder(dotlock);
	struct stat st;

	if (lstat(dotlock, &st) == 0 && !trust_uid(st.st_uid))
		(void)error_set(e, ERR_TEMP, "%s is locked: %s belongs to %s", mbox, dotlock,
		    trust_name(st.st_uid));
	else if (holder > 0)
		(void)error_set(
		    e, ERR_TEMP, "%s is locked by process %ld (%s)", mbox, (long)holder, dotlock);
	else
		(void)error_set(e, ERR_TEMP, "%s is locked: %s exists", mbox, dotlock);
	free(dotlock);
	return -1;
}

static enum dotlock_outcome
try_here(struct dotlock *l, const char *mbox, struct error *e)
{
	char *dotlock = xasprintf("%s.lock", mbox);
	enum dotlock_outcome outcome;

	do {
		outcome = attempt(l, dotlock);
	} while (outcome == DOTLOCK_TAKEN && !l->helped && break_stale(dotlock));
	if (outcome == DOTLOCK_FAILED)
		(void)error_sys(e, ERR_TEMP, "cannot create %s", dotlock);
	if (outcome == DOTLOCK_HELD)
		l->path = dotlock;
	else
		free(dotlock);
	return outcome;
}

static void
release_here(struct dotlock *l)
{
	if (l->helped)
		(void)run_helper("-u", l->path);
	else if (unlink(l->path) == -1 && errno != ENOENT)
		log_warn("cannot remove %s: %s", l->path, strerror(errno));
}

/* ---- by the twin ---- */

struct delegated {
	SLIST_ENTRY(delegated) link;
	char *mbox;
	struct dotlock lock; /* the twin's */
};

static SLIST_HEAD(, delegated) all_delegated = SLIST_HEAD_INITIALIZER(all_delegated);

enum { TRY = TWIN_END + 1, RELEASE };

/* In the twin. */
static int
serve(void *ctx, int verb, struct buf *reply, struct error *e)
{
	struct delegated *d = ctx;

	(void)reply;
	if (verb == TRY)
		return (int)dotlock_try(&d->lock, d->mbox, e);
	dotlock_release(&d->lock);
	return 0;
}

void
dotlock_delegate(const char *mbox, struct sandbox *s)
{
	struct delegated *d = xcalloc(1, sizeof(*d));

	d->mbox = xstrdup(mbox);
	sandbox_delegate(s, serve, d);
	SLIST_INSERT_HEAD(&all_delegated, d, link);
}

static const struct delegated *
find_delegated(const char *mbox)
{
	const struct delegated *d;

	SLIST_FOREACH(d, &all_delegated, link)
		if (strcmp(d->mbox, mbox) == 0 && twin_find(serve, d) != -1)
			break;
	return d;
}

static enum dotlock_outcome
try_by_twin(struct dotlock *l, const struct delegated *d, struct error *e)
{
	int outcome = twin_ask(twin_find(serve, d), TRY, NULL, e);

	if (outcome == DOTLOCK_HELD) {
		l->path = xasprintf("%s.lock", d->mbox);
		l->delegated = d;
	}
	return outcome == -1 ? DOTLOCK_FAILED : (enum dotlock_outcome)outcome;
}

/* ---- the whole ---- */

enum dotlock_outcome
dotlock_try(struct dotlock *l, const char *mbox, struct error *e)
{
	const struct delegated *d = find_delegated(mbox);

	return d != NULL ? try_by_twin(l, d, e) : try_here(l, mbox, e);
}

static void
release_by_twin(const struct delegated *d)
{
	struct error why = { .cls = ERR_OK };

	if (twin_ask(twin_find(serve, d), RELEASE, NULL, &why) == -1)
		log_warn("cannot remove %s.lock: %s", d->mbox, why.msg);
}

void
dotlock_release(struct dotlock *l)
{
	if (l->path == NULL)
		return;
	if (l->delegated != NULL)
		release_by_twin(l->delegated);
	else
		release_here(l);
	free(l->path);
	l->path = NULL;
}

#include "deliver/mboxlock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"

#define RETRY_MS 100
#define STALE_SECONDS 300

static void
pause_briefly(void)
{
	struct timespec ts = { .tv_nsec = RETRY_MS * 1000000L };

	(void)nanosleep(&ts, NULL);
}

static int
lock_fcntl(struct mboxlock *l, const char *path, int64_t deadline_ms, struct error *e)
{
	for (;;) {
		struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

		if (fcntl(l->fd, F_SETLK, &fl) == 0) {
			l->fcntl = true;
			return 0;
		}
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return error_sys(e, ERR_TEMP, "%s: cannot lock", path);
		if (clock_left_ms(deadline_ms) == 0)
			break;
		pause_briefly();
	}
	struct flock who = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(l->fd, F_GETLK, &who) == 0 && who.l_type != F_UNLCK && who.l_pid > 0)
		return error_set(e, ERR_TEMP, "%s is locked by process %ld", path, (long)who.l_pid);
	return error_set(e, ERR_TEMP, "%s is locked by another program", path);
}

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
	int fd, rc = -1, err;

	(void)unlink(own);
	fd = open(own, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
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
	gone = holder > 0 && kill(holder, 0) == -1 && errno == ESRCH;
	if (!gone && clock_epoch() - (int64_t)st.st_mtime < STALE_SECONDS)
		return false;
	/* somebody else may have broken it and taken it meanwhile: then it is another file */
	if (lstat(dotlock, &again) == -1 || again.st_ino != st.st_ino ||
	    again.st_mtime != st.st_mtime)
		return true;
	if (gone)
		log_info("removing %s: its holder, process %ld, is gone", dotlock, (long)holder);
	else
		log_warn("removing %s: nobody has touched it for five minutes", dotlock);
	return unlink(dotlock) == 0 || errno == ENOENT;
}

static int
lock_dot(struct mboxlock *l, const char *path, bool needed, int64_t deadline_ms, struct error *e)
{
	static bool told;
	char *dotlock = xasprintf("%s.lock", path);
	pid_t holder;
	int rc = -1;

	while (create_dotlock(dotlock) == -1) {
		if (errno != EEXIST && errno != EINTR) {
			if (needed || (errno != EACCES && errno != EPERM && errno != EROFS)) {
				(void)error_sys(e, ERR_TEMP, "cannot create %s", dotlock);
			} else {
				if (!told)
					log_info(
					    "%s: only the fcntl lock is held: cannot create %s: %s",
					    path, dotlock, strerror(errno));
				told = true;
				rc = 0;
			}
			goto out;
		}
		if (break_stale(dotlock))
			continue;
		if (clock_left_ms(deadline_ms) == 0) {
			holder = dotlock_holder(dotlock);
			if (holder > 0)
				(void)error_set(e, ERR_TEMP, "%s is locked by process %ld (%s)",
				    path, (long)holder, dotlock);
			else
				(void)error_set(
				    e, ERR_TEMP, "%s is locked: %s exists", path, dotlock);
			goto out;
		}
		pause_briefly();
	}
	l->dotlock = dotlock;
	return 0;
out:
	free(dotlock);
	return rc;
}

int
mboxlock_acquire(struct mboxlock *l, int fd, const char *path, enum mbox_lock_kind kind,
    int64_t deadline_ms, struct error *e)
{
	*l = (struct mboxlock){ .fd = fd };
	if (kind != MBOX_LOCK_DOTLOCK && lock_fcntl(l, path, deadline_ms, e) == -1)
		return -1;
	if (kind != MBOX_LOCK_FCNTL &&
	    lock_dot(l, path, kind == MBOX_LOCK_DOTLOCK, deadline_ms, e) == -1) {
		mboxlock_release(l);
		return -1;
	}
	return 0;
}

void
mboxlock_release(struct mboxlock *l)
{
	struct flock fl = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	if (l->dotlock != NULL)
		(void)unlink(l->dotlock);
	free(l->dotlock);
	l->dotlock = NULL;
	if (l->fcntl)
		(void)fcntl(l->fd, F_SETLK, &fl);
	l->fcntl = false;
}

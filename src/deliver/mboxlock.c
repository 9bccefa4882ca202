#include "deliver/mboxlock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/log.h"
#include "util/stop.h"

static int
lock_fcntl(struct mboxlock *l, const char *path, int64_t deadline_ms, struct error *e)
{
	int64_t pause_ms = 1;

	for (;;) {
		struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

		if (fcntl(l->fd, F_SETLK, &fl) == 0) {
			l->fcntl = true;
			return 0;
		}
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return error_sys(e, ERR_TEMP, "%s: cannot lock", path);
		if (clock_left_ms(stop_deadline(deadline_ms)) == 0)
			break;
		stop_pause(&pause_ms);
	}
	struct flock who = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(l->fd, F_GETLK, &who) == 0 && who.l_type != F_UNLCK && who.l_pid > 0)
		return error_set(e, ERR_TEMP, "%s is locked by process %ld", path, (long)who.l_pid);
	return error_set(e, ERR_TEMP, "%s is locked by another program", path);
}

static void
unlock_fcntl(struct mboxlock *l)
{
	struct flock fl = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	if (l->fcntl)
		(void)fcntl(l->fd, F_SETLK, &fl);
	l->fcntl = false;
}

/* The directory allows no dotlock: an error if it is the only lock, else a warning, once. */
static int
do_without_dotlock(const char *path, bool needed, struct error *e)
{
	static bool told;

	if (needed)
		return error_set(
		    e, ERR_TEMP, "cannot create %s.lock: the directory does not allow it", path);
	if (!told)
		log_warn("%s: only the fcntl lock is held: the directory does not allow a dotlock",
		    path);
	told = true;
	return 0;
}

/* One attempt at all that kind asks for. 0: held; 1: the dotlock is somebody else's; -1. */
static int
lock_once(struct mboxlock *l, const char *path, enum mbox_lock_kind kind, int64_t deadline_ms,
    struct error *e)
{
	if (kind != MBOX_LOCK_DOTLOCK && lock_fcntl(l, path, deadline_ms, e) == -1)
		return -1;
	if (kind == MBOX_LOCK_FCNTL)
		return 0;
	switch (dotlock_try(&l->dotlock, path, e)) {
	case DOTLOCK_HELD:
		return 0;
	case DOTLOCK_TAKEN:
		return 1;
	case DOTLOCK_FORBIDDEN:
		return do_without_dotlock(path, kind == MBOX_LOCK_DOTLOCK, e);
	default:
		return -1;
	}
}

/*
 * Waits for the dotlock without the fcntl lock: a program that takes them the other way round, as
 * procmail does, would wait for that with the dotlock in its hands.
 */
int
mboxlock_acquire(struct mboxlock *l, int fd, const char *path, enum mbox_lock_kind kind,
    int64_t deadline_ms, struct error *e)
{
	int64_t pause_ms = 1;
	int rc;

	*l = (struct mboxlock){ .fd = fd };
	while ((rc = lock_once(l, path, kind, deadline_ms, e)) == 1) {
		unlock_fcntl(l);
		if (clock_left_ms(stop_deadline(deadline_ms)) == 0)
			return dotlock_complain(path, e);
		stop_pause(&pause_ms);
	}
	if (rc == -1)
		mboxlock_release(l);
	return rc;
}

void
mboxlock_release(struct mboxlock *l)
{
	dotlock_release(&l->dotlock);
	unlock_fcntl(l);
}

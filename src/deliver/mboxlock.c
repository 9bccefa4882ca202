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

static int
lock_dot(struct mboxlock *l, const char *path, bool needed, int64_t deadline_ms, struct error *e)
{
	static bool told;
	int rc = dotlock_acquire(&l->dotlock, path, deadline_ms, e);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (needed)
		return error_set(
		    e, ERR_TEMP, "cannot create %s.lock: the directory does not allow it", path);
	if (!told)
		log_warn("%s: only the fcntl lock is held: the directory does not allow a dotlock",
		    path);
	told = true;
	return 0;
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

	dotlock_release(&l->dotlock);
	if (l->fcntl)
		(void)fcntl(l->fd, F_SETLK, &fl);
	l->fcntl = false;
}

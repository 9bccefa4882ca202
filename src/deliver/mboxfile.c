#include "deliver/mboxfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/path.h"
#include "util/stop.h"

/*
 * What others may have put there to read our mail, or to have it written where it does harm. Root
 * keeps out of the directories of others, too, where they could lead it about.
 */
static int
check_place(const struct trust_place *at, bool foreign, struct error *e)
{
	struct stat st;

	if (geteuid() != 0 || foreign)
		return 0;
	if (fstat(at->dir, &st) == -1)
		return error_sys(e, ERR_TEMP, "%s", at->path);
	if (trust_uid(st.st_uid))
		return 0;
	return error_set(e, ERR_CREATE,
	    "the directory of %s belongs to %s; \"foreign-owner yes\" allows that", at->path,
	    trust_name(st.st_uid));
}

int
mboxfile_check(const char *path, bool foreign, struct error *e)
{
	struct trust_place at;
	int rc = trust_find(&at, path, e);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	rc = check_place(&at, foreign, e);
	trust_leave(&at);
	return rc;
}

/* 0, or -1 with *e set, or (create false, no such file) without. */
static int
open_file(struct mboxfile *f, bool create, bool foreign, struct error *e)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

	f->created = false;
	f->fd = openat(f->at.dir, f->at.name, flags);
	if (f->fd == -1 && errno == ENOENT) {
		if (!create)
			return -1;
		f->fd = openat(f->at.dir, f->at.name, flags | O_CREAT | O_EXCL, 0600);
		if (f->fd == -1 && errno == EEXIST)
			f->fd = openat(f->at.dir, f->at.name, flags);
		else
			f->created = true;
	}
	if (f->fd == -1)
		return error_sys(e, error_write_class(errno), "%s", f->path);
	return trust_file(f->fd, f->path, foreign, e);
}

static int
find_and_open(struct mboxfile *f, const char *path, bool create, bool foreign, struct error *e)
{
	int rc = trust_find(&f->at, path, e);

	if (rc == 1 && create) {
		errno = ENOENT;
		(void)error_sys(e, ERR_CREATE, "%s", path);
	}
	if (rc != 0)
		return -1;
	f->path = f->at.path;
	if (check_place(&f->at, foreign, e) == 0 && open_file(f, create, foreign, e) == 0)
		return 0;
	mboxfile_close(f);
	return -1;
}

/* Whether the file that is open and locked is the one that others find by its name. */
static bool
is_in_place(const struct mboxfile *f, struct stat *here)
{
	struct stat there;

	return fstat(f->fd, here) == 0 && lstat(f->path, &there) == 0 &&
	       here->st_ino == there.st_ino && here->st_dev == there.st_dev;
}

int
mboxfile_open(struct mboxfile *f, const char *path, const struct deliver_params *params,
    bool create, struct error *e)
{
	int64_t deadline_ms = clock_ms() + params->timeout_ms;
	struct stat st;

	for (;;) { /* again if another program put a new file there while we waited */
		*f = (struct mboxfile){ .fd = -1, .at.dir = -1 };
		if (find_and_open(f, path, create, params->foreign, e) == -1)
			return -1;
		if (mboxlock_acquire(&f->lock, f->fd, f->path, params->mbox_lock, deadline_ms, e) ==
		    -1)
			break;
		if (is_in_place(f, &st)) {
			if (trust_file(f->fd, f->path, params->foreign, e) == -1)
				break;
			f->size = st.st_size;
			return 0;
		}
		mboxfile_close(f);
		if (clock_left_ms(stop_deadline(deadline_ms)) == 0)
			return error_set(e, ERR_TEMP, "%s is replaced again and again", path);
	}
	mboxfile_close(f);
	return -1;
}

void
mboxfile_close(struct mboxfile *f)
{
	if (f->fd != -1) {
		mboxlock_release(&f->lock);
		(void)close(f->fd);
		f->fd = -1;
	}
	trust_leave(&f->at);
	f->path = NULL;
}

const char *
mboxfile_separator(const struct mboxfile *f, off_t size, struct error *e)
{
	char tail[2] = { '\n', '\n' };
	ssize_t want = size < 2 ? (ssize_t)size : 2;

	if (pread_all(f->fd, tail + 2 - want, (size_t)want, size - want) != want) {
		(void)error_sys(e, ERR_TEMP, "%s", f->path);
		return NULL;
	}
	if (tail[1] != '\n')
		return "\n\n";
	return tail[0] != '\n' ? "\n" : "";
}

int
mboxfile_sync(const struct mboxfile *f, struct error *e)
{
	if (fsync(f->fd) == -1)
		return error_sys(e, error_write_class(errno), "%s", f->path);
	/* whoever created an empty one may have died before its name was safe */
	return f->created || f->size == 0 ? path_sync_parent(f->path, e) : 0;
}

int
mboxfile_truncate(const struct mboxfile *f, uint64_t size, struct error *e)
{
	if (ftruncate(f->fd, (off_t)size) == -1 || fsync(f->fd) == -1)
		return error_sys(e, error_write_class(errno), "%s", f->path);
	return 0;
}

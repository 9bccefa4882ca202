#include "deliver/mboxfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"

char *
mboxfile_follow(const char *path, struct error *e)
{
	struct stat st;
	char *real;

	if (lstat(path, &st) == -1 || !S_ISLNK(st.st_mode))
		return xstrdup(path);
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		(void)error_set(
		    e, ERR_CREATE, "%s is a symbolic link that belongs to somebody else", path);
		return NULL;
	}
	if ((real = realpath(path, NULL)) == NULL)
		(void)error_sys(e, ERR_CREATE, "%s", path);
	return real;
}

/*
 * What others may have put there to read our mail, or to have it written where it does harm.
 * Root delivers to anybody.
 */
static int
check_file(int fd, const char *path, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return error_sys(e, ERR_TEMP, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, ERR_CREATE, "%s is not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0 && geteuid() != 0)
		return error_set(e, ERR_CREATE, "%s belongs to somebody else", path);
	if (st.st_nlink > 1)
		return error_set(e, ERR_CREATE,
		    "%s has another name, too (a hard link): one of the two may be a trap", path);
	return 0;
}

/* The descriptor; -1 with *e set, or (create false, no such file) without. */
static int
open_file(const char *path, bool create, bool *created, struct error *e)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd;

	*created = false;
	if ((fd = open(path, flags)) == -1 && errno == ENOENT) {
		if (!create)
			return -1;
		if ((fd = open(path, flags | O_CREAT | O_EXCL, 0600)) == -1 && errno == EEXIST)
			fd = open(path, flags);
		else
			*created = true;
	}
	if (fd == -1) {
		(void)error_sys(e, error_write_class(errno), "%s", path);
		return -1;
	}
	if (check_file(fd, path, e) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
mboxfile_open(struct mboxfile *f, const char *path, const struct deliver_params *params,
    bool create, struct error *e)
{
	int64_t deadline_ms = clock_ms() + params->timeout_ms;
	struct stat here, there;

	*f = (struct mboxfile){ .fd = -1, .path = path };
	for (;;) { /* again if another program put a new file there while we waited */
		if ((f->fd = open_file(path, create, &f->created, e)) == -1)
			return -1;
		if (mboxlock_acquire(&f->lock, f->fd, path, params->mbox_lock, deadline_ms, e) ==
		    -1) {
			(void)close(f->fd);
			f->fd = -1;
			return -1;
		}
		if (fstat(f->fd, &here) == 0 && lstat(path, &there) == 0 &&
		    here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
			f->size = here.st_size;
			return 0;
		}
		mboxfile_close(f);
	}
}

void
mboxfile_close(struct mboxfile *f)
{
	if (f->fd == -1)
		return;
	mboxlock_release(&f->lock);
	(void)close(f->fd);
	f->fd = -1;
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

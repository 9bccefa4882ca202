#include "state/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libutil.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/trust.h"

int
lock_acquire(const char *journal_path, bool foreign, struct error *e)
{
	char *path = xasprintf("%s.lock", journal_path);
	int fd = -1;

	if (path_make_parents(path, e) == -1 || trust_parent(path, foreign, e) == -1)
		goto out;
	fd = flopen(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd != -1 && trust_file(fd, path, foreign, e) == -1) {
		(void)close(fd);
		fd = -1;
	} else if (fd == -1) {
		if (errno == EWOULDBLOCK)
			(void)error_set(
			    e, ERR_TEMP, "another haulmail is at work on this account (%s)", path);
		else
			(void)error_sys(e, error_write_class(errno), "cannot lock %s", path);
	}
out:
	free(path);
	return fd;
}

void
lock_note_journal(int fd)
{
	static const char note[] = "The journal beside this file is not to be lost.\n";
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size == 0)
		(void)write_all(fd, note, sizeof(note) - 1);
}

bool
lock_misses_journal(const char *journal_path)
{
	char *path = xasprintf("%s.lock", journal_path);
	struct stat st;
	bool misses = lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
		      lstat(journal_path, &st) == -1 && errno == ENOENT;

	free(path);
	return misses;
}

void
lock_release(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

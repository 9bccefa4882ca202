#include "state/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libutil.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/mem.h"
#include "util/path.h"

int
lock_acquire(const char *journal_path, struct error *e)
{
	char *path = xasprintf("%s.lock", journal_path);
	int fd = -1;

	if (path_make_parents(path, e) == 0 &&
	    (fd = flopen(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW, 0600)) ==
		-1) {
		if (errno == EWOULDBLOCK)
			(void)error_set(
			    e, ERR_TEMP, "another haulmail is at work on this account (%s)", path);
		else
			(void)error_sys(e, error_write_class(errno), "cannot lock %s", path);
	}
	free(path);
	return fd;
}

void
lock_release(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

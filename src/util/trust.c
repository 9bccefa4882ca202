#include "util/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/text.h"
#include "util/util.h"

#define LINKS_MAX 40 /* as many as Linux follows */

bool
trust_uid(uid_t uid)
{
	return uid == geteuid() || uid == 0;
}

const char *
trust_name(uid_t uid)
{
	static char name[TEXT_SAFE_MAX];
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		(void)text_safe(name, slice_str(pw->pw_name));
	else
		(void)snprintf(name, sizeof(name), "user %lu", (unsigned long)uid);
	return name;
}

/* ---- following a name ---- */

struct walk {
	int dir;    /* where it has got to */
	char *done; /* the same as a path; "" is the working directory */
	char *left; /* what is still to be followed */
	unsigned links;
	bool must_exist; /* the file itself is behind a link, which does not lead nowhere */
};

/* Takes the directory over; done is allocated, too. */
static void
move_to(struct walk *w, int dir, char *done)
{
	if (w->dir != -1)
		(void)close(w->dir);
	free(w->done);
	w->dir = dir;
	w->done = done;
}

static char *
path_of(const struct walk *w, const char *name)
{
	size_t len = strlen(w->done);

	return xasprintf("%s%s%s", w->done, len > 0 && w->done[len - 1] != '/' ? "/" : "", name);
}

/* At the root, or at the working directory. */
static int
begin(struct walk *w)
{
	bool absolute = *w->left == '/';
	int dir = open(absolute ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	move_to(w, dir, xstrdup(absolute ? "/" : ""));
	return dir == -1 ? -1 : 0;
}

/* Where a link leads is what is left to follow, and rest behind that. -1 with errno, or *e set. */
static int
follow(struct walk *w, int link, const char *name, const char *rest, struct error *e)
{
	char target[PATH_MAX], *where, *left;
	struct stat st;
	ssize_t len;

	if (fstat(link, &st) == -1)
		return -1;
	if (!S_ISLNK(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	if (!trust_uid(st.st_uid)) {
		where = path_of(w, name);
		(void)error_set(e, ERR_CREATE, "%s is a symbolic link that belongs to %s", where,
		    trust_name(st.st_uid));
		free(where);
		return -1;
	}
	if ((len = readlinkat(link, "", target, sizeof(target) - 1)) == -1)
		return -1;
	target[len] = '\0';
	if (++w->links > LINKS_MAX || *target == '\0') {
		errno = ELOOP;
		return -1;
	}
	left = xasprintf("%s%s%s", target, *rest != '\0' ? "/" : "", rest);
	free(w->left);
	w->left = left;
	return *target == '/' ? begin(w) : 0;
}

/* Opens what may be a link: without following it, or doing anything else to it. */
static int
look_at(const struct walk *w, const char *name)
{
	return openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* As for reading, so that what is mounted on demand is mounted; many may only be passed through. */
static int
open_directory(const struct walk *w, const char *name)
{
	int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int dir = openat(w->dir, name, O_RDONLY | flags);

	if (dir == -1 && errno == EACCES)
		dir = openat(w->dir, name, O_PATH | flags);
	return dir;
}

/* One step, to a directory on the way or over a link. -1 with errno, or *e set. */
static int
pass(struct walk *w, const char *name, const char *rest, struct error *e)
{
	int dir = open_directory(w, name), link, rc, err;

	if (dir != -1) {
		char *left = xstrdup(rest);

		move_to(w, dir, path_of(w, name));
		free(w->left);
		w->left = left;
		return 0;
	}
	if ((errno != ENOTDIR && errno != ELOOP) || (link = look_at(w, name)) == -1)
		return -1;
	rc = follow(w, link, name, rest, e);
	err = errno;
	(void)close(link);
	errno = err;
	return rc;
}

/* The last step: 1 when the walk is over, 0 when it goes on behind a link; -1 as the others. */
static int
arrive(struct walk *w, const char *name, struct error *e)
{
	int link = look_at(w, name), rc = 1, err;
	struct stat st;

	if (link == -1)
		return errno == ENOENT && !w->must_exist ? 1 : -1;
	if (fstat(link, &st) == -1) {
		rc = -1;
	} else if (S_ISLNK(st.st_mode)) {
		w->must_exist = true;
		rc = follow(w, link, name, "", e);
	}
	err = errno;
	(void)close(link);
	errno = err;
	return rc;
}

/* Takes the first part of what is left: what is behind it, or NULL when it is the last. */
static const char *
take_name(const struct walk *w, char name[static NAME_MAX + 1])
{
	const char *from = w->left + strspn(w->left, "/");
	size_t len = strcspn(from, "/");
	const char *rest = from + len + strspn(from + len, "/");

	if (len == 0) /* nothing behind a slash: the directory itself */
		(void)strlcpy(name, ".", NAME_MAX + 1);
	else
		(void)snprintf(name, NAME_MAX + 1, "%.*s", (int)len, from);
	return from[len] == '\0' ? NULL : rest;
}

/* 1 when it is there, with its last part in name; -1 with errno, or *e set. */
static int
walk(struct walk *w, char name[static NAME_MAX + 1], struct error *e)
{
	const char *rest;
	int rc = begin(w);

	while (rc == 0) {
		if (strcspn(w->left + strspn(w->left, "/"), "/") > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		rest = take_name(w, name);
		rc = rest != NULL ? pass(w, name, rest, e) : arrive(w, name, e);
	}
	return rc;
}

int
trust_find(struct trust_place *p, const char *path, struct error *e)
{
	struct walk w = { .dir = -1, .left = xstrdup(path) };
	char name[NAME_MAX + 1];
	int rc = walk(&w, name, e) == 1 ? 0 : -1;

	*p = (struct trust_place){ .dir = -1 };
	if (rc == 0) {
		p->dir = w.dir;
		p->path = path_of(&w, name);
		p->name = p->path + strlen(p->path) - strlen(name);
	} else {
		if (errno == ENOENT && e->cls == ERR_OK && !w.must_exist)
			rc = 1;
		else
			(void)error_sys(e, error_write_class(errno), "%s", path);
		if (w.dir != -1)
			(void)close(w.dir);
	}
	free(w.done);
	free(w.left);
	return rc;
}

void
trust_leave(struct trust_place *p)
{
	if (p->dir != -1)
		(void)close(p->dir);
	free(p->path);
	*p = (struct trust_place){ .dir = -1 };
}

/* ---- what was opened ---- */

static int
check_owner(const struct stat *st, const char *path, bool foreign, struct error *e)
{
	if (foreign || trust_uid(st->st_uid))
		return 0;
	return error_set(e, ERR_CREATE, "%s belongs to %s; \"foreign-owner yes\" allows that", path,
	    trust_name(st->st_uid));
}

int
trust_file(int fd, const char *path, bool foreign, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return error_sys(e, ERR_TEMP, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, ERR_CREATE, "%s is not a regular file", path);
	if (check_owner(&st, path, foreign, e) == -1)
		return -1;
	if (st.st_nlink > 1)
		return error_set(e, ERR_CREATE,
		    "%s has another name, too (a hard link): one of the two may be a trap", path);
	return 0;
}

bool
trust_begins(int fd, const char *beginning)
{
	char text[64];
	size_t most = MIN(strlen(beginning), sizeof(text));
	ssize_t len = pread_all(fd, text, most, 0);

	if (len == -1)
		return false;
	for (ssize_t i = 0; i < len; i++)
		if (text[i] != beginning[i] && text[i] != '\0')
			return false;
	return true;
}

void
trust_unlink(const char *path, const char *beginning)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && trust_begins(fd, beginning))
		(void)unlink(path);
	(void)close(fd);
}

int
trust_open_dir(const char *path, bool foreign, struct error *e)
{
	struct trust_place p;
	struct stat st;
	int fd, rc = trust_find(&p, path, e);

	if (rc != 0)
		return -1;
	fd = openat(p.dir, p.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno != ENOENT)
		(void)error_sys(e, error_write_class(errno), "%s", path);
	else if (fd != -1 && fstat(fd, &st) == -1)
		(void)error_sys(e, ERR_TEMP, "%s", path);
	else if (fd != -1)
		(void)check_owner(&st, path, foreign, e);
	trust_leave(&p);
	if (fd != -1 && e->cls != ERR_OK) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
trust_parent(const char *path, bool foreign, struct error *e)
{
	struct trust_place p;
	struct stat st;
	char *dir;
	int rc = trust_find(&p, path, e);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	dir = path_dirname(p.path);
	if (fstat(p.dir, &st) == -1)
		rc = error_sys(e, ERR_TEMP, "%s", dir);
	else if ((rc = check_owner(&st, dir, foreign, e)) == 0 &&
		 (st.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)
		rc = error_set(
		    e, ERR_CREATE, "anybody can write to the directory %s: chmod o-w %s", dir, dir);
	free(dir);
	trust_leave(&p);
	return rc;
}

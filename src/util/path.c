#include "util/path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/mem.h"
#include "util/util.h"

const char *
path_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home != NULL && *home == '/')
		return home;
	pw = getpwuid(getuid());
	return pw != NULL ? pw->pw_dir : "/";
}

const char *
path_login(void)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *env = getenv("LOGNAME");

	if (pw != NULL)
		return pw->pw_name;
	return env != NULL && *env != '\0' ? env : "nobody";
}

static int
add(struct buf *out, const char *p, size_t len, struct error *e)
{
	if (buf_append(out, p, len) == 0)
		return 0;
	return error_set(e, ERR_CONFIG, "a path longer than any system takes");
}

/* Appends the value of the variable named at *p (behind its "$") and moves *p past the name. */
static int
expand_variable(struct buf *out, const char **p, struct error *e)
{
	bool braces = **p == '{';
	const char *start = *p + braces, *end = start;
	const char *value;
	char *name;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == start || (braces && *end != '}'))
		return error_set(
		    e, ERR_CONFIG, "a \"$\" in a path needs the name of a variable behind it");
	name = xstrndup(start, (size_t)(end - start));
	value = getenv(name);
	if (value == NULL)
		(void)error_set(
		    e, ERR_CONFIG, "$%s in a path, but the environment has no such variable", name);
	free(name);
	*p = end + braces;
	return value != NULL && add(out, value, strlen(value), e) == 0 ? 0 : -1;
}

char *
path_expand(const char *path, struct error *e)
{
	struct buf out = BUF_INIT(64 * KiB);
	const char *p = path;
	int rc = 0;

	if (*p == '~') {
		if (p[1] != '/' && p[1] != '\0') {
			(void)error_set(e, ERR_CONFIG,
			    "\"~\" means your own home directory; for another's write the whole "
			    "path");
			return NULL;
		}
		rc = add(&out, path_home(), strlen(path_home()), e);
		p++;
	}
	while (rc == 0 && *p != '\0') {
		size_t plain = strcspn(p, "$");

		rc = add(&out, p, plain, e);
		p += plain;
		if (rc == 0 && *p == '$') {
			p++;
			rc = expand_variable(&out, &p, e);
		}
	}
	if (rc == -1 || add(&out, "", 1, e) == -1) {
		buf_free(&out);
		return NULL;
	}
	return out.p;
}

char *
path_absolute(const char *path)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0), *all;

	all = here != NULL ? xasprintf("%s/%s", here, path) : xstrdup(path);
	free(here);
	return all;
}

char *
path_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	return xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

char *
path_without_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return xstrndup(path, len);
}

char *
path_beside(const char *file, const char *name)
{
	char *dir, *whole;

	if (*name == '/')
		return xstrdup(name);
	dir = path_dirname(file);
	whole = xasprintf("%s/%s", dir, name);
	free(dir);
	return whole;
}

bool
path_is_below(const char *path, const char *dir)
{
	char *below = realpath(path, NULL), *above = realpath(dir, NULL);
	size_t len = above != NULL ? strlen(above) : 0;
	bool is;

	if (len == 1) /* the root, whose slash is its name */
		len = 0;
	is = below != NULL && above != NULL && strncmp(below, above, len) == 0 &&
	     (below[len] == '/' || below[len] == '\0');
	free(below);
	free(above);
	return is;
}

int
path_expect_directory(const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
		return 0; /* whatever else is wrong shows itself */
	return error_set(e, ERR_TEMP,
	    "%s is not there any more, and a delivery to it was cut short; if it is gone for good, "
	    "make it anew",
	    path);
}

int
path_make_parents(const char *path, struct error *e)
{
	char *copy = xstrdup(path);
	int rc = 0;

	for (char *p = copy + 1; *copy != '\0' && (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(copy, 0700) == 0)
			rc = path_sync_parent(copy, e);
		else if (errno != EEXIST && errno != EISDIR && errno != EROFS && errno != EACCES)
			rc = error_sys(
			    e, error_write_class(errno), "cannot create the directory %s", copy);
		if (rc == -1)
			break;
		*p = '/';
	}
	free(copy);
	return rc; /* a parent that could not be made shows itself when the file is opened */
}

int
path_sync_parent(const char *path, struct error *e)
{
	char *dir = path_dirname(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	/* some file systems cannot sync a directory and say EINVAL: then there is nothing to do */
	if (fd == -1 || (fsync(fd) == -1 && errno != EINVAL))
		rc = error_sys(e, ERR_TEMP, "cannot sync the directory %s", dir);
	if (fd != -1)
		(void)close(fd);
	free(dir);
	return rc;
}

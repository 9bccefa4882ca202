/*
 * path.h - file names as users write them, and directories on the way to a file.
 */
#ifndef UTIL_PATH_H
#define UTIL_PATH_H

#include <stdbool.h>

#include "util/error.h"

/*
 * The user's home directory: $HOME, if it is absolute, else the password database. Borrowed; never
 * NULL.
 */
const char *path_home(void);

/* The user's login name. Borrowed; never NULL. */
const char *path_login(void);

/*
 * A leading ~ or ~/ and $VAR or ${VAR} anywhere replaced. Returns a new string, or NULL with *e
 * set (ERR_CONFIG) for a variable that is not set or a ~user we do not look up.
 */
char *path_expand(const char *path, struct error *e);

/* name, if absolute, else name in the directory that file lies in. A new string. */
char *path_beside(const char *file, const char *name);

/* The path, behind the working directory unless it is absolute. A new string. */
char *path_absolute(const char *path);

/* A new string: all of path up to its last slash, "." without one. */
char *path_dirname(const char *path);

/* Whether path is dir, or lies below it, wherever symbolic links lead; both exist. */
bool path_is_below(const char *path, const char *dir);

/* A new string: path without slashes at its end, but for the root's. */
char *path_without_slashes(const char *path);

/*
 * -1 with *e set (ERR_TEMP) when a directory that was there is not: it may lie on a file system
 * that is not mounted yet.
 */
int path_expect_directory(const char *path, struct error *e);

/* Makes the directories on the way to path, mode 0700 where missing. */
int path_make_parents(const char *path, struct error *e);

/* fsyncs the directory that path lies in, so that its name survives a power cut. */
int path_sync_parent(const char *path, struct error *e);

#endif

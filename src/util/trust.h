/*
 * trust.h - files and directories that other users of this machine may have had a hand in.
 *
 * Trusted are the user we run as and root. A name in a directory that others can write to may lead
 * anywhere, and to another place a moment later: so it is looked up once, step by step, and what
 * was opened is asked whose it is.
 *
 * foreign, where it is an argument: the user has asked for files that belong to others. It never
 * extends to symbolic links, which would lead where their owner likes.
 */
#ifndef UTIL_TRUST_H
#define UTIL_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/error.h"

/* Whether it is the user we run as, or root. */
bool trust_uid(uid_t uid);

/* The name of a user, for a message. Borrowed until the next call. */
const char *trust_name(uid_t uid);

/* Where a name leads, once the symbolic links in it are followed. */
struct trust_place {
	int dir;          /* the directory that holds the file */
	char *path;       /* the file's, without symbolic links; owned */
	const char *name; /* its last part */
};

/*
 * Follows path, through no symbolic link but those of the trusted. 0: the file may be there or not;
 * 1: one of its directories is not there; -1 with *e set, ERR_CREATE for a link that is not to be
 * followed. Only after 0 there is something for trust_leave().
 */
int trust_find(struct trust_place *p, const char *path, struct error *e);
void trust_leave(struct trust_place *p);

/* Opens a directory found so, for reading it; -1 with *e set, or without where there is none. */
int trust_open_dir(const char *path, bool foreign, struct error *e);

/*
 * Whether an open file is what it seems: 0, or -1 with *e set (ERR_CREATE) if it is not regular,
 * belongs to somebody who is not trusted, or has a second name by which it may be meant for
 * something else.
 */
int trust_file(int fd, const char *path, bool foreign, struct error *e);

/*
 * Whether a file begins so, as far as it goes: one that we began to write ourselves, or that a
 * power cut has left with NULs in it or empty, and nothing of another's that has its name.
 */
bool trust_begins(int fd, const char *beginning);

/* Removes the file of that name if it is regular and begins so. */
void trust_unlink(const char *path, const char *beginning);

/*
 * Whether a file of our own will be found again: -1 with *e set (ERR_CREATE) when its directory is
 * somebody's who is not trusted, or anybody's. One that is not there is no error.
 */
int trust_parent(const char *path, bool foreign, struct error *e);

#endif

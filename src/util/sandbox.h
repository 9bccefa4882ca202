/*
 * sandbox.h - what a process gives up before it listens to strangers.
 *
 * First it is gathered what the process will still need; then the sandbox is entered, for good:
 *
 *   - of files, only those that were allowed can be opened, made, renamed or removed (Landlock,
 *     from Linux 5.19 on), and signals reach nobody outside (from 6.12 on);
 *   - no program can be started, no other process looked into, no file system mounted, no server
 *     of this machine asked to do it, and so on: such calls fail with EPERM (seccomp);
 *   - no_new_privs is set.
 *
 * Descriptors that are open already stay as they are. Where the system has only some of this, the
 * process gets that much, and nobody needs to be told.
 *
 * Sources: landlock(7), seccomp(2), PR_SET_NO_NEW_PRIVS in prctl(2).
 */
#ifndef UTIL_SANDBOX_H
#define UTIL_SANDBOX_H

#include "util/buf.h"
#include "util/error.h"
#include "util/twin.h"

enum sandbox_access {
	SANDBOX_READ, /* the file, or all below the directory; nothing if it is not there */
	SANDBOX_LIST, /* the directory's names, and to sync it */
	/*
	 * All that is done to files: the file's content, or anything below the directory. A path
	 * that is not there yet stands for the nearest directory that is, as it will be made there.
	 */
	SANDBOX_WRITE
};

struct sandbox;

struct sandbox *sandbox_new(void);
void sandbox_free(struct sandbox *s);

void sandbox_allow(struct sandbox *s, const char *path, enum sandbox_access access);

/* Sockets of this machine can be made: else no server that works for the user here is asked. */
void sandbox_allow_local_sockets(struct sandbox *s);

/* Something needs more than can be allowed: this process cannot be confined. The first why stays.
 */
void sandbox_prevent(struct sandbox *s, const char *why);

/* What the process could not do in it is the job of its twin, which stays outside. */
void sandbox_delegate(struct sandbox *s, twin_work *work, void *ctx);

/*
 * Starts the twin, if there is work for one, and enters; does nothing if that is prevented. -1 with
 * *e set (ERR_TEMP) when there can be no twin, or when something that is allowed can for the moment
 * not be looked at, and would stay out of reach: the process is not confined then. The twin lives
 * until twin_stop(), in any case.
 */
int sandbox_enter(const struct sandbox *s, struct error *e);

/* Appends a line for a person: what a process in it may do, or why there is none. */
void sandbox_describe(const struct sandbox *s, struct buf *out);

/* Appends what this system and this build have for it: "Landlock 7, seccomp", or "none". */
void sandbox_describe_system(struct buf *out);

#endif

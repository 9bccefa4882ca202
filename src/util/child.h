/*
 * child.h - running other programs: a shell command whose output we read, one that reads from
 * us, one that does both, or a program that does neither.
 *
 * A child gets the default signal actions, the limit on core files that we were started with
 * (core.h) and no descriptor of ours beside its own 0, 1 and 2, and is never waited for past a
 * deadline.
 *
 * Groups: a child has a process group of its own, so that all it has started can be ended with it.
 * Those that may have to ask a person do without when we are at a terminal, in the foreground: only
 * there they can ask, and the key that ends us ends them as well.
 */
#ifndef UTIL_CHILD_H
#define UTIL_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/slice.h"

/*
 * Runs /bin/sh -c command with standard input and error as they are, and appends what it prints
 * to out. env is as for child_start(), or NULL. Exit status 0 is success. Anything else, silence
 * past deadline_ms (clock.h), a request to stop (stop.h) or output past out's bound sets *e with
 * class cls; the child, which may have to ask a person, is then killed.
 */
int child_output(const char *command, const char *const *env, struct buf *out, int64_t deadline_ms,
    enum errclass cls, struct error *e);

/* From here on stop_poll() (stop.h) returns when a child has ended, however short before. */
void child_watch(void);

/* A program that reads what we write. */
struct child {
	pid_t pid;
	int fd; /* our end of its standard input; -1: closed */
	bool own_group;
};

/*
 * Starts /bin/sh -c command in a process group of its own, so that all of it can be ended. What it
 * prints goes to our standard error. env is a list of "NAME=VALUE" that ends in NULL: they are
 * added to the environment, or replace what has these names. -1: nothing was started.
 */
int child_start(struct child *c, const char *command, const char *const *env, struct error *e);

/*
 * Writes all of it: 0. The child may take timeout_ms for every part that it reads, else -1.
 * 1: it has closed its standard input, or ended.
 */
int child_write(struct child *c, struct slice bytes, int64_t timeout_ms, struct error *e);

/*
 * The same for a program that is talked with, and may have to ask a person: c->fd is a socket,
 * non-blocking, and the other end of it both its standard input and output. *err_fd,
 * non-blocking as well and the caller's to close, reads what it has to say on standard error.
 */
int child_connect(
    struct child *c, const char *command, const char *const *env, int *err_fd, struct error *e);

/* Writes how it has ended, as "the command ended with status 1"; "" while it runs. */
void child_tell_end(const struct child *c, char *out, size_t size);

/*
 * Closes its standard input and waits: 0 with the wait status in *status, or -1 when it has not
 * ended by deadline_ms or, if we are asked to stop, by the end of the grace (stop.h). In any case
 * it is gone afterwards, with its process group if it was late: SIGTERM first, SIGKILL a second
 * later.
 */
int child_wait(struct child *c, int64_t deadline_ms, int *status, struct error *e);
void child_kill(struct child *c); /* the same at once, whatever it is doing */

/*
 * Runs a program, without a shell, that reads nothing, and waits for its end as child_wait() does,
 * but without regard to a request to stop: it is for short work that is to be done even then. argv
 * ends in NULL, argv[0] is a path.
 */
int child_run(const char *const *argv, int64_t deadline_ms, int *status, struct error *e);

#endif

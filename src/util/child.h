/*
 * child.h - running a program and reading what it prints.
 *
 * A child gets the default signal actions, no descriptor of ours beside its own 0, 1 and 2, and
 * is never waited for past a deadline.
 */
#ifndef UTIL_CHILD_H
#define UTIL_CHILD_H

#include <stdint.h>

#include "util/buf.h"
#include "util/error.h"

/*
 * Runs /bin/sh -c command with standard input and error as they are, and appends what it prints
 * to out. Exit status 0 is success. Anything else, silence past deadline_ms (clock.h; the child
 * is then killed) or output past out's bound sets *e with class cls.
 */
int child_output(
    const char *command, struct buf *out, int64_t deadline_ms, enum errclass cls, struct error *e);

#endif

/*
 * confined.h - for tests of what a process in a sandbox can do.
 *
 * Include it behind unit.h.
 */
#ifndef UNIT_CONFINED_H
#define UNIT_CONFINED_H

#include "util/sandbox.h"

/* Whether this system has "Landlock", or "seccomp", to confine a process with. */
static bool
system_has(const char *what)
{
	struct buf words = BUF_INIT(KiB);
	bool has;

	sandbox_describe_system(&words);
	(void)buf_addch(&words, '\0');
	has = strstr(words.p, what) != NULL;
	buf_free(&words);
	return has;
}

#endif

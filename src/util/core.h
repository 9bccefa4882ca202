/*
 * core.h - no core dump of a process that holds secrets.
 *
 * Only the soft limit (RLIMIT_CORE) is changed, so that it can be given back to other programs.
 */
#ifndef UTIL_CORE_H
#define UTIL_CORE_H

/* From here on this process, and those it forks, leave no core file. */
void core_forbid(void);

/*
 * Between these two the limit is what it was when the program started: for the moment in which
 * another program is started, as that inherits it. Without core_forbid() they do nothing.
 */
void core_lend(void);
void core_take_back(void);

#endif

/*
 * stop.h - SIGINT, SIGTERM and SIGHUP as a request to end soon and in order.
 *
 * While they are watched, the first of them is only noted: whoever does long work asks
 * stop_asked() between two steps, and nobody waits for longer than STOP_GRACE_MS after it. The
 * second one ends the program at once, as without a watch.
 */
#ifndef UTIL_STOP_H
#define UTIL_STOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STOP_GRACE_MS 1000

/* Starts and ends the watch. A signal that was ignored when the program started stays so. */
void stop_watch(void);
void stop_unwatch(void);

bool stop_asked(void);
const char *stop_name(void); /* "SIGINT", of the signal that asked */

/* Sends the signal on to a process of ours, unless the terminal has sent it to that as well. */
void stop_pass_on(pid_t pid);

/* The deadline, or STOP_GRACE_MS after the request to stop if that is earlier. */
int64_t stop_deadline(int64_t deadline_ms);

/*
 * As poll(2), until deadline_ms (clock.h) or the end of the grace: 0 when that has come. A signal
 * that arrives, also SIGCHLD, makes it return -1 with EINTR, even if it arrives right before.
 */
int stop_poll(struct pollfd *fds, nfds_t n, int64_t deadline_ms);

/* Sleeps between two tries for a lock, for less if asked to stop; doubles *ms, up to 100. */
void stop_pause(int64_t *ms);

/* Ends the program by the signal that asked to stop; returns when there was none. */
void stop_die(void);

#endif

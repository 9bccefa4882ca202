/*
 * tunnel.h - a program in the place of a TCP connection, such as ssh(1) or nc(1).
 *
 * Ownership: the stream that is made from it (stream.h) owns it; the tunnel owns the descriptor.
 * What it says on standard error goes to log_info(); its last line explains a failure.
 */
#ifndef NET_TUNNEL_H
#define NET_TUNNEL_H

#include <stdint.h>

#include "util/error.h"

struct tunnel;

/*
 * Starts /bin/sh -c command. host (or NULL) and port (or 0) are in its environment as HAULMAIL_HOST
 * and HAULMAIL_PORT. NULL with *e set, ERR_TEMP, when it cannot be started.
 */
struct tunnel *tunnel_open(const char *command, const char *host, uint16_t port, struct error *e);

/* Hangs up and gives it a second to end, or ends it. NULL does nothing. */
void tunnel_free(struct tunnel *t);

int tunnel_fd(const struct tunnel *t);        /* what is said through it; non-blocking */
int tunnel_stderr_fd(const struct tunnel *t); /* to poll(2) for reading; -1: it was closed */
void tunnel_listen(struct tunnel *t);         /* when that can be read */

/*
 * Why it may have failed: the last line on standard error, or its exit status; "" when there
 * is neither. If it does not run any more this waits a moment for its last words. Borrowed.
 */
const char *tunnel_complaint(struct tunnel *t);

#endif

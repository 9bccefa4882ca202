/*
 * dial.h - a connection to a host, over IPv6 or IPv4, whichever answers first, or to a socket of
 * this machine.
 *
 * Source: RFC 8305 (Happy Eyeballs): addresses alternate between the families, the next attempt
 * starts 250 ms after the last one or as soon as that has failed, the first to connect wins.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

/* Borrowed for the duration of a call. */
struct dial_to {
	const char *host;
	uint16_t port;
	const char *source; /* the address to connect from; NULL: whichever the system takes */
};

/*
 * Returns a connected, non-blocking descriptor, or -1: ERR_HOST when there is no such host,
 * ERR_CONFIG when none of its addresses is of the source's family, ERR_TEMP when none could be
 * reached by deadline_ms.
 */
int dial(const struct dial_to *to, int64_t deadline_ms, struct error *e);

/* The same for a Unix socket: ERR_CONFIG for a path that can be none, else ERR_TEMP. */
int dial_socket(const char *path, int64_t deadline_ms, struct error *e);

/* Whether it is an IPv4 or IPv6 address, as dial_to.source must be. */
bool dial_is_address(const char *word);

#endif

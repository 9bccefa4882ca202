/*
 * dial.h - a TCP connection to a host, over IPv6 or IPv4, whichever answers first.
 *
 * Source: RFC 8305 (Happy Eyeballs): addresses alternate between the families, the next attempt
 * starts 250 ms after the last one or as soon as that has failed, the first to connect wins.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdint.h>

#include "util/error.h"

/*
 * Returns a connected, non-blocking descriptor, or -1: ERR_HOST when there is no such host,
 * ERR_TEMP when none of its addresses could be reached by deadline_ms.
 */
int dial(const char *host, uint16_t port, int64_t deadline_ms, struct error *e);

#endif

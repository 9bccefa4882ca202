/*
 * way.h - what leads to a server: TCP, a Unix socket, or a program in their place.
 */
#ifndef NET_WAY_H
#define NET_WAY_H

#include "net/dial.h"
#include "net/stream.h"
#include "util/error.h"

/* Borrowed for the duration of a call. */
struct way {
	struct dial_to to;   /* by TCP; the host may be NULL where one of the next two is not */
	const char *socket;  /* a path; NULL: none */
	const char *command; /* for tunnel.h; NULL: none */
	const char *peer;    /* what to call the server in messages */
};

/* A connection, by whatever the way says; NULL with *e set as by dial.h and tunnel.h. */
struct stream *way_open(const struct way *w, int64_t deadline_ms, struct error *e);

#endif

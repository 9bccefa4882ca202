/*
 * needs.h - what has to be within reach of a process in a sandbox for a connection to be made.
 */
#ifndef NET_NEEDS_H
#define NET_NEEDS_H

#include "net/way.h"
#include "util/sandbox.h"

/*
 * Allows what the resolver, TLS and the C library read; ca is a file or directory of authorities
 * of the user's own, NULL for none. A program in the place of a connection prevents the sandbox.
 */
void net_needs(const struct way *w, const char *ca, struct sandbox *s);

#endif

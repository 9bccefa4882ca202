/*
 * ownname.h - how this machine calls itself towards others.
 */
#ifndef NET_OWNNAME_H
#define NET_OWNNAME_H

#include "net/stream.h"

#define OWNNAME_MAX 260 /* 255 of a name, and the NUL */

/*
 * The host's full name, by the host itself or by its resolver; NULL when there is none with a dot
 * in it. Looked up once. Borrowed.
 */
const char *ownname_full(void);

/*
 * For the EHLO of a connection: the full name, else the literal of our address on it, "[192.0.2.1]"
 * or "[IPv6:2001:db8::1]", else "localhost". Source: RFC 5321 sections 2.3.5, 4.1.3 and 4.1.4.
 * Writes to out and returns it.
 */
const char *ownname_for(const struct stream *s, char out[static OWNNAME_MAX]);

#endif

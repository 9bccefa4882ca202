/*
 * received.h - the trace that each station leaves on top of a message. Source: RFC 5321 sections
 * 4.4 and 6.3.
 */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/slice.h"

/* A message that has passed more stations goes round in circles. */
#define RECEIVED_MOST 50

/* How many such lines a header has. */
size_t received_count(struct slice head);

struct received {
	const char *from;     /* where the message was fetched; a name or an address */
	const char *by;       /* this machine */
	const char *protocol; /* "POP3" */
	const char *to;       /* the recipient; NULL where there are several */
	int64_t epoch;
};

/* Appends the line, folded, with LF line ends. */
void received_format(const struct received *r, struct buf *out);

#endif

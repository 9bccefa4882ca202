/*
 * reply.h - one line of an SMTP reply. Source: RFC 5321 section 4.2, RFC 2034 section 4.
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include <stdbool.h>

#include "util/slice.h"

struct smtp_line {
	int code;              /* 200 to 599 */
	bool more;             /* another line of the same reply follows */
	struct slice enhanced; /* "5.1.1", empty without one */
	struct slice text;     /* what comes behind the code, and behind the enhanced one */
};

/* 0, or -1 for a line that is none. Slices of the line. */
int smtp_parse_line(struct slice in, struct smtp_line *out);

#endif

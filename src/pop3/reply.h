/*
 * reply.h - the first line of a POP3 reply. Source: RFC 1939 section 3, RFC 2449 section 8,
 * RFC 5034 section 4.
 */
#ifndef POP3_REPLY_H
#define POP3_REPLY_H

#include <stdbool.h>

#include "util/error.h"
#include "util/slice.h"

struct pop3_status {
	bool ok;
	struct slice code; /* IN-USE in "-ERR [IN-USE] ...", empty without one */
	struct slice text; /* what comes behind; slices of the line that was parsed */
};

/* 0, or -1 for a line that is neither "+OK" nor "-ERR" (then *out is a refusal without words). */
int pop3_parse_status(struct slice in, struct pop3_status *out);

/* Whether the line is a challenge of AUTH, "+ " and what is behind it (RFC 5034 section 4). */
bool pop3_parse_challenge(struct slice line, struct slice *challenge);

/* The class that the response code asks for, otherwise that of the caller. */
enum errclass pop3_status_class(const struct pop3_status *st, enum errclass otherwise);

#endif

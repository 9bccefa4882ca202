/*
 * url.h - a POP3 mailbox as a URL. No I/O.
 *
 *     scheme "://" [user [";AUTH=" method] "@"] host [":" port] ["/"]
 *
 *     pop         without TLS
 *     pops        TLS from the start
 *     pop+stls    TLS by STLS
 *
 * Any part may have %XX escapes; an "@" in the user needs none, and an IPv6 address stands in
 * brackets. The method is a word of "auth"; "*" is auto, and "+APOP" apop. There is no password in
 * a URL: other users see it in the list of processes. Source: RFC 2384, RFC 3986 section 2.1.
 */
#ifndef CONFIG_URL_H
#define CONFIG_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"

struct url {
	const char *tls; /* a word of "tls" */
	char *user;      /* NULL: none */
	char *auth;      /* in small letters; NULL: none */
	char *host;      /* an IPv6 address with its brackets */
	uint16_t port;   /* 0: none */
};

/* Whether it is meant to be one; no name of an account is. */
bool url_is(const char *text);

/* 0, or -1 with *e set (ERR_USAGE), whose words never quote a password. */
int url_parse(const char *text, struct url *u, struct error *e);
void url_free(struct url *u);

#endif

/*
 * error.h - one error, filled where it happens, printed once, at the top.
 *
 * What can fail returns 0 or -1 and takes a struct error as its last argument. The class picks
 * the exit status (sysexits.h); the message is one line for a person, without the account's name
 * (the caller at the top knows it) and safe for a terminal: text that came from outside goes in
 * through text_safe() (text.h).
 */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#include <stdbool.h>

enum errclass {
	ERR_OK,
	ERR_NOTHING, /* what was asked for is not there: no new mail, no such message */
	ERR_USAGE,   /* the command line is wrong */
	ERR_REFUSED, /* a message was refused for good */
	ERR_HOST,    /* a host name that does not resolve */
	ERR_OS,      /* the system lacks something we need to run at all */
	ERR_CREATE,  /* a file that cannot be created or is not what it should be */
	ERR_IO,      /* reading or writing failed, and trying again will not help */
	ERR_TEMP,    /* network, lock, full disk: the next run may succeed */
	ERR_PROTO,   /* the peer does not speak the protocol */
	ERR_AUTH,    /* the login was refused */
	ERR_TLS,     /* a secure connection was refused or cannot be had */
	ERR_CONFIG,  /* the config file is wrong */
	ERR_NCLASSES
};

struct error {
	enum errclass cls;
	char msg[512];
};

/*
 * Fills *e and returns -1, so that callers write "return error_set(...)". The first failure
 * wins: an error already set stays, so that clean-up cannot hide what went wrong.
 */
__attribute__((format(printf, 3, 4))) int error_set(
    struct error *e, enum errclass cls, const char *fmt, ...);

/* As error_set, with ": " and the words for errno (taken before anything else) at the end. */
__attribute__((format(printf, 3, 4))) int error_sys(
    struct error *e, enum errclass cls, const char *fmt, ...);

/* Appends to the words of an error that is set. Returns -1. */
__attribute__((format(printf, 2, 3))) int error_add(struct error *e, const char *fmt, ...);

/* The class of a failed write: everything that time or a clean-up of the disk may heal. */
enum errclass error_write_class(int err);

/* The exit status that sysexits.h gives the class. */
int error_exit_status(enum errclass cls);

/*
 * Which of two classes a run over several accounts reports: any trouble before none, permanent
 * before temporary, the first of equals.
 */
enum errclass error_worse(enum errclass a, enum errclass b);

#endif

/*
 * each.h - one account after the other, each in a process of its own where there are several: a
 * process that has confined itself to one account is of no use for anything else.
 */
#ifndef CLI_EACH_H
#define CLI_EACH_H

#include <stddef.h>

#include "config/config.h"
#include "util/error.h"

struct each {
	const struct account *const *accounts;
	size_t n;
	/* shows one, and returns the class of its trouble; a message has been printed */
	enum errclass (*run)(const struct each *each, size_t i);
	const void *ctx;

	/* what has come of it */
	enum errclass worst;
	size_t good; /* so many returned ERR_OK */
};

void each_run(struct each *each);

/* One, in a process of its own all the same, as this one has more to do. The class of its trouble.
 */
enum errclass each_apart(
    enum errclass (*run)(const struct each *each, size_t i), const struct account *a);

/* The class that a worker (engine/pool.h) has ended with; says so if it has died. */
enum errclass each_class(const char *account, int status);

#endif

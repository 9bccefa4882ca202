/*
 * relay.h - what is different in a section that is a relay. For the modules of this folder.
 */
#ifndef CONFIG_RELAY_H
#define CONFIG_RELAY_H

#include "config/config.h"

struct account *relay_new(const char *name, const char *where);

/* The parts of account_finish() that are a relay's own. */
void relay_fill_in(struct account *r);
int relay_check(const struct account *r, struct error *e);

#endif

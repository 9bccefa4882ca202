/*
 * help.h - what --help and "haulmail help TOPIC" print, out of the tables. In two files, as
 * getopt(3) calls by the same name what a keyword of the config file is to config/options.h.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdbool.h>

void help_all(void); /* what --help prints */

/* What the manual's tables say of a keyword of accounts or relays; false when there is none. */
bool help_keyword(const char *name);

#endif

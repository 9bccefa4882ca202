/*
 * rows.h - the options of the command line, for --help and for completion. Apart from cli.h, as
 * getopt(3) calls by the same name what a keyword of the config file is to config/options.h.
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include <getopt.h>
#include <stddef.h>

struct option_row {
	struct option option;
	const char *argument, *help;
	enum { SPECIAL, WORD, YES_NO } kind; /* main.c knows it by its letter, or it goes ... */
	size_t at;                           /* ... there in struct cli_options */
};

/* In main.c, beside what reads them. */
extern const struct option_row option_rows[];
extern const size_t option_count;

#endif

/*
 * values.h - what an option's value is made from and printed as: a setter and a printer for each
 * type of value. The rows of options.c name them; targets.c has those of places for mail.
 */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include "config/options.h"

option_set value_set_choice, value_set_connect_command, value_set_duration, value_set_filter,
    value_set_fingerprint, value_set_host, value_set_keep, value_set_min_version, value_set_number,
    value_set_path, value_set_secret, value_set_secret_path, value_set_sender, value_set_size,
    value_set_socket, value_set_source, value_set_string;
option_show value_show_choice, value_show_duration, value_show_filter, value_show_fingerprint,
    value_show_keep, value_show_number, value_show_size, value_show_string, value_show_user;

/*
 * The first setting of a group (INHERITED_*) that is the account's own replaces what "defaults"
 * said; any further one adds to it.
 */
void value_replace_inherited(struct account *a, unsigned group, void (*clear)(struct account *a));

/* Expands a path that may not come out empty, as it does when all of it is an empty $VAR. */
char *value_expand(const struct option *o, const char *word, struct error *e);

/* Appends a word, quoted if the lexer would not read it back as it is. */
void value_quote(struct buf *out, const char *word);

#endif

/*
 * name.h - what an account or a relay may be called. An account's journal has its name, and so have
 * the files beside it: JOURNAL.new, JOURNAL.lock, JOURNAL.trouble.
 */
#ifndef CONFIG_NAME_H
#define CONFIG_NAME_H

#include <stdbool.h>

#define NAME_LEN_MAX 64

/* Letters, digits and . _ @ + - */
bool name_takes(char c);

/* Such characters, neither "." nor "-" before the others, and no more than NAME_LEN_MAX. */
bool name_is_valid(const char *name);

/*
 * The ending that makes it the name of such a file, of another account: the journal of "home.new"
 * would be taken for what is made when that of "home" is compacted. NULL: it has none.
 */
const char *name_ending(const char *name);

#endif

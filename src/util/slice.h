/*
 * slice.h - a borrowed run of bytes: no NUL at the end, nothing owned.
 */
#ifndef UTIL_SLICE_H
#define UTIL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
	const char *p;
	size_t len;
};

struct slice slice_str(const char *s);           /* the string without its NUL */
bool slice_same(struct slice a, struct slice b); /* the same bytes */
bool slice_equal(struct slice a, const char *s);
bool slice_caseequal(struct slice a, const char *s); /* ASCII */

/* Takes the word s off the front of *in, if it stands there. */
bool slice_skip(struct slice *in, const char *s);

/* Takes blanks and tabs off the front of *in. */
void slice_skip_blanks(struct slice *in);

/* Takes the bytes up to the next blank or tab (or all) off the front of *in, then the blanks. */
struct slice slice_word(struct slice *in);

/* Takes one line off the front of *in, without its LF; the last line may lack it. */
struct slice slice_line(struct slice *in);

/* Takes blanks and tabs off both ends. */
struct slice slice_trim(struct slice in);

/* All of in as a decimal number of digits only, at most max; false when it is none. */
bool slice_number(struct slice in, uint64_t max, uint64_t *out);

#endif

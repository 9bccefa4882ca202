/*
 * buf.h - a byte buffer that grows up to a bound given when it is made.
 *
 * Units:     bytes.
 * Ownership: the buffer owns its bytes; a pointer into it is valid until the next append.
 * Errors:    buf_append and its kin return -1 when the bound would be passed, and add nothing.
 */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/slice.h"

struct buf {
	char *p;
	size_t len, cap, max;
};

#define BUF_INIT(most)                                                                             \
	{                                                                                          \
		NULL, 0, 0, (most)                                                                 \
	}

int buf_append(struct buf *b, const void *p, size_t len);
int buf_addstr(struct buf *b, const char *s);
int buf_addch(struct buf *b, char c);
int buf_addnum(struct buf *b, uint64_t n); /* in decimal digits */
__attribute__((format(printf, 2, 3))) int buf_addf(struct buf *b, const char *fmt, ...);

/* Makes room for len more bytes; they become part of the buffer when buf.len is raised. */
int buf_reserve(struct buf *b, size_t len);

struct slice buf_slice(const struct buf *b);
void buf_free(struct buf *b); /* wipes nothing; the buffer can be used again */

/*
 * For secrets: wipes, then frees. Growing leaves copies behind, so room for all of it has to be
 * reserved before the first byte goes in.
 */
void buf_wipe(struct buf *b);

#endif

/*
 * mem.h - allocation that cannot fail: out of memory ends the program with EX_OSERR.
 *
 * A size that came from a peer is checked against a bound before it gets here.
 */
#ifndef UTIL_MEM_H
#define UTIL_MEM_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
__attribute__((format(printf, 1, 2))) char *xasprintf(const char *fmt, ...);

/* Wipes and frees a secret string; NULL does nothing. */
void free_secret(char *s);

#endif

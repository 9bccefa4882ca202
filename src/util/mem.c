#include "util/mem.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void *
or_die(void *p)
{
	if (p == NULL)
		errx(EX_OSERR, "out of memory");
	return p;
}

void *
xmalloc(size_t size)
{
	return or_die(malloc(size == 0 ? 1 : size));
}

void *
xcalloc(size_t n, size_t size)
{
	return or_die(calloc(n == 0 ? 1 : n, size));
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	return or_die(reallocarray(p, n == 0 ? 1 : n, size));
}

char *
xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *
xstrndup(const char *s, size_t len)
{
	return or_die(strndup(s, len));
}

char *
xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		s = NULL;
	va_end(ap);
	return or_die(s);
}

void
free_secret(char *s)
{
	if (s != NULL)
		freezero(s, strlen(s) + 1);
}

#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const int exit_status[ERR_NCLASSES] = {
	[ERR_OK] = EX_OK,
	[ERR_NOTHING] = 1, /* as grep(1) has it; sysexits.h has none for this */
	[ERR_USAGE] = EX_USAGE,
	[ERR_REFUSED] = EX_DATAERR,
	[ERR_HOST] = EX_NOHOST,
	[ERR_OS] = EX_OSERR,
	[ERR_CREATE] = EX_CANTCREAT,
	[ERR_IO] = EX_IOERR,
	[ERR_TEMP] = EX_TEMPFAIL,
	[ERR_PROTO] = EX_PROTOCOL,
	[ERR_AUTH] = EX_NOPERM,
	[ERR_TLS] = EX_NOPERM,
	[ERR_CONFIG] = EX_CONFIG,
};

int
error_set(struct error *e, enum errclass cls, const char *fmt, ...)
{
	va_list ap;

	if (e->cls == ERR_OK) {
		e->cls = cls;
		va_start(ap, fmt);
		(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
		va_end(ap);
	}
	return -1;
}

int
error_sys(struct error *e, enum errclass cls, const char *fmt, ...)
{
	int err = errno;
	size_t len;
	va_list ap;

	if (e->cls != ERR_OK)
		return -1;
	e->cls = cls;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	(void)snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", strerror(err));
	return -1;
}

int
error_add(struct error *e, const char *fmt, ...)
{
	size_t len = strlen(e->msg);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->msg + len, sizeof(e->msg) - len, fmt, ap);
	va_end(ap);
	return -1;
}

enum errclass
error_write_class(int err)
{
	switch (err) {
	case EACCES:
	case EPERM:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOENT:
	case ENOTDIR:
	case ENXIO:
		return ERR_CREATE;
	default:
		return ERR_TEMP;
	}
}

int
error_exit_status(enum errclass cls)
{
	return cls >= ERR_OK && cls < ERR_NCLASSES ? exit_status[cls] : EX_SOFTWARE;
}

enum errclass
error_worse(enum errclass a, enum errclass b)
{
	if (a == ERR_OK || (a == ERR_TEMP && b != ERR_OK))
		return b;
	return a;
}

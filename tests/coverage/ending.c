/*
 * ending.c - lets a coverage build write its counts where the program ends without exit(3), and
 * where it is confined.
 *
 * The linker puts these in the place of the functions they are named after: Makefile.am, COVERED.
 */
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "util/sandbox.h"

void __gcov_dump(void); /* of libgcov */

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
int __real_raise(int number);
int __wrap_raise(int number);
int __real_sandbox_enter(const struct sandbox *s, struct error *e);
int __wrap_sandbox_enter(const struct sandbox *s, struct error *e);

_Noreturn void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

int
__wrap_raise(int number)
{
	__gcov_dump();
	return __real_raise(number);
}

int
__wrap_sandbox_enter(const struct sandbox *s, struct error *e)
{
	sandbox_allow((struct sandbox *)(uintptr_t)s, COVERAGE_DIR, SANDBOX_WRITE);
	return __real_sandbox_enter(s, e);
}

/* Addresses in the value of a header field. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/addr.h"

/* A plain address is found again in any dress. */
static void
check_dressed(const char *address)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.!#$%&'*+-/=?^_`{|}~@";
	char value[ADDR_MAX + 64], found[ADDR_MAX];

	if (*address == '\0' || strspn(address, plain) != strlen(address) || *address == '@')
		return;
	(void)snprintf(value, sizeof(value), "\"A, B\" (at <home>)\n <%s>, other@example", address);
	CHECK(addr_first(slice_str(value), found) == strlen(address));
	CHECK(strcmp(found, address) == 0);
	(void)snprintf(value, sizeof(value), " %s (that's me)", address);
	CHECK(addr_first(slice_str(value), found) == strlen(address));
	CHECK(strcmp(found, address) == 0);
}

static void
check_address(const char *address)
{
	struct slice s = slice_str(address);

	CHECK(s.len < ADDR_MAX);
	if (!addr_is_sendable(address))
		return;
	CHECK(s.len > 0 && strpbrk(address, " \t\r\n<>") == NULL);
	CHECK(s.p[0] != '@' && s.p[s.len - 1] != '@');
	check_dressed(address);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice value = fuzz_input(data, size), rest = value;
	char first[ADDR_MAX], address[ADDR_MAX];
	char *word = fuzz_string(value);

	CHECK(addr_first(value, first) == strlen(first));
	check_address(first);
	for (size_t n = 0; addr_next(&rest, address); n++) {
		CHECK(n <= size && fuzz_is_within(rest, value));
		check_address(address);
		if (n == 0)
			CHECK(strcmp(address, first) == 0);
	}
	if (strlen(word) < ADDR_MAX)
		check_address(word);
	free(word);
	return 0;
}

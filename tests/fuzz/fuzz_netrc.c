/* ~/.netrc. */
#include "fuzz.h"

#include <string.h>

#include "config/netrc.h"

static void
find(struct slice text, const char *host, const char *user)
{
	struct error e = { .cls = ERR_OK };
	struct netrc_entry entry;
	int rc = netrc_find(text, host, user, &entry, &e);

	CHECK_RESULT(rc == 1 ? 0 : rc, &e);
	if (rc != 1) {
		CHECK(entry.login == NULL && entry.password == NULL);
		return;
	}
	CHECK(entry.password != NULL && strlen(entry.password) <= text.len);
	CHECK(entry.login == NULL || user == NULL || strcmp(entry.login, user) == 0);
	netrc_entry_free(&entry);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);

	find(in, "pop.example.org", "alice");
	find(in, "pop.example.org", NULL);
	find(in, "xn--mnchen-3ya.example", "bob");
	return 0;
}

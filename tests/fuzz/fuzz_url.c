/* Mailboxes as URLs, accounts made of them, and host names beyond ASCII. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "config/adhoc.h"
#include "config/url.h"
#include "net/hostname.h"
#include "util/text.h"

static void
check_hostname(const char *name)
{
	char *ascii = hostname_ascii(name);

	if (ascii == NULL)
		return;
	CHECK(text_is_ascii(slice_str(ascii)));
	if (text_is_ascii(slice_str(name)))
		CHECK(strcmp(ascii, name) == 0);
	free(ascii);
}

static void
check_url(const char *text)
{
	struct error e = { .cls = ERR_OK };
	struct url u;
	int rc = url_parse(text, &u, &e);

	CHECK_RESULT(rc, &e);
	if (rc == -1)
		return;
	CHECK(url_is(text) && u.tls != NULL && u.host != NULL && *u.host != '\0');
	CHECK(u.user == NULL || *u.user != '\0');
	url_free(&u);
}

/* Its name becomes that of a file. */
static void
check_account(const char *text)
{
	struct error e = { .cls = ERR_OK };
	struct adhoc none = { .nsettings = 0 };
	struct account *a = adhoc_account(&none, text, &e);

	CHECK_RESULT(a != NULL ? 0 : -1, &e);
	if (a == NULL)
		return;
	CHECK(fuzz_is_printable(slice_str(a->name)) && strchr(a->name, '/') == NULL);
	CHECK(strchr(a->name, '@') != NULL);
	CHECK(a->host != NULL && a->port > 0 && a->port <= 65535);
	CHECK(!text_has_control(slice_str(a->user)) && text_is_ascii(slice_str(a->host)));
	account_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(fuzz_input(data, size));

	(void)setenv("HOME", "/nowhere", 1);
	check_hostname(text);
	check_url(text);
	check_account(text);
	free(text);
	return 0;
}

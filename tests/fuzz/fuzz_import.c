/*
 * Configs of other programs. What comes of one is a config file that haulmail reads without a
 * complaint, and has as many accounts as it says. The first byte is the format; an even one keeps
 * passwords out.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/import.h"
#include "util/text.h"

/* Lines of text, all of them. */
static void
check_text(struct slice text)
{
	CHECK(text.len == 0 || text.p[text.len - 1] == '\n');
	while (text.len > 0)
		CHECK(!text_has_control(slice_line(&text)));
}

static void
check_config(struct slice text, size_t accounts)
{
	const char *path = fuzz_path("config");
	struct config *c;
	struct account *a;
	size_t n = 0;

	fuzz_write(path, text);
	c = config_load(path, NULL);
	TAILQ_FOREACH(a, &c->accounts, link)
		n++;
	CHECK(n == accounts);
	CHECK(TAILQ_EMPTY(&c->problems) == (accounts > 0));
	config_free(c);
}

static void
import(enum import_format f, struct slice in, bool with_passwords)
{
	struct buf out = BUF_INIT(64 * MiB);
	struct import_result res = { .accounts = 0 };
	struct error e = { .cls = ERR_OK };
	int rc = import_config(f, in, with_passwords, &out, &res, &e);

	CHECK_RESULT(rc, &e);
	if (rc == 0) {
		check_text(buf_slice(&out));
		check_config(buf_slice(&out), res.accounts);
		CHECK(!with_passwords || res.passwords == 0);
	}
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	unsigned which = fuzz_byte(&in);
	enum import_format f = import_recognise_config(in);

	(void)fuzz_path("");
	(void)clearenv();
	(void)setenv("HOME", "/home/alice", 1);
	if (f == IMPORT_UNKNOWN)
		f = (enum import_format)(which / 2 % (IMPORT_POP3EL + 1));
	import(f, in, which % 2 != 0);
	return 0;
}

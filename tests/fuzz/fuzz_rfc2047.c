/* Encoded words. */
#include "fuzz.h"

#include <string.h>

#include "mail/rfc2047.h"

/* Text without any comes out as it went in. */
static void
check_plain(struct slice in, struct slice out)
{
	if (!fuzz_contains(in, "=?"))
		CHECK(slice_same(in, out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	struct buf all = BUF_INIT(4 * MiB), some = BUF_INIT(40);
	int rc;

	CHECK(rfc2047_decode(&all, in) == 0);
	check_plain(in, buf_slice(&all));
	rc = rfc2047_decode(&some, in);
	CHECK(some.len <= 40 && (rc == 0) == (all.len <= 40));
	CHECK(some.len <= all.len && (some.len == 0 || memcmp(some.p, all.p, some.len) == 0));
	buf_free(&all);
	buf_free(&some);
	return 0;
}

/* Answers of DNS that name the hosts of a service. */
#include "fuzz.h"

#include <string.h>

#include "net/srv.h"
#include "util/text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srv found[4];
	size_t n = srv_parse(data, size, found, nitems(found));

	CHECK(n <= nitems(found));
	for (size_t i = 0; i < n; i++) {
		CHECK(
		    strnlen(found[i].host, SRV_HOST_MAX) < SRV_HOST_MAX && *found[i].host != '\0');
		CHECK(!text_has_control(slice_str(found[i].host)) && found[i].port > 0);
		CHECK(i == 0 || found[i - 1].priority <= found[i].priority);
		CHECK(srv_is_within(found[i].host, found[i].host));
	}
	return 0;
}

#include "util/io.h"

#include <errno.h>
#include <unistd.h>

#include "util/util.h"

#define IOV_ONCE ((size_t)1024) /* Linux' and the BSDs' IOV_MAX */

int
write_all(int fd, const void *p, size_t len)
{
	struct iovec one = { .iov_base = (void *)(uintptr_t)p, .iov_len = len };

	return writev_all(fd, &one, 1);
}

int
writev_all(int fd, struct iovec *iov, size_t n)
{
	while (n > 0) {
		ssize_t got;
		size_t done;

		if (iov->iov_len == 0) {
			iov++;
			n--;
			continue;
		}
		if ((got = writev(fd, iov, (int)(n < IOV_ONCE ? n : IOV_ONCE))) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		for (done = (size_t)got; n > 0 && done >= iov->iov_len; iov++, n--)
			done -= iov->iov_len;
		if (n > 0) {
			iov->iov_base = (char *)iov->iov_base + done;
			iov->iov_len -= done;
		}
	}
	return 0;
}

ssize_t
pread_all(int fd, void *p, size_t len, off_t off)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, (char *)p + got, len - got, off + (off_t)got);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int
read_to_end(int fd, struct buf *out)
{
	for (;;) {
		bool full = out->cap == out->len && buf_reserve(out, 1) == -1;
		char more; /* only the end may come behind the last byte there is room for */
		ssize_t n;

		n = full ? read(fd, &more, 1) : read(fd, out->p + out->len, out->cap - out->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if (full) {
			errno = EFBIG;
			return -1;
		}
		out->len += (size_t)n;
	}
}

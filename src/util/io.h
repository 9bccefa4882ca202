/*
 * io.h - whole reads and whole writes on file descriptors.
 */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <sys/types.h>
#include <sys/uio.h>

#include "util/buf.h"

/* Writes all of it, whatever EINTR and short writes do; 0, or -1 with errno. */
int write_all(int fd, const void *p, size_t len);

/* The same for many pieces. Changes the array; any count is right, also above IOV_MAX. */
int writev_all(int fd, struct iovec *iov, size_t n);

/* Reads len bytes at off, fewer only at the end of the file; the count, or -1 with errno. */
ssize_t pread_all(int fd, void *p, size_t len, off_t off);

/* Appends all that is left to read; 0, or -1 with errno (EFBIG: more than the bound). */
int read_to_end(int fd, struct buf *out);

#endif

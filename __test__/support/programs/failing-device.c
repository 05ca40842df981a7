/*
 * A disk whose writes can be made to fail: a file in a folder of its own (FUSE), kept in memory, to be used by a loop device.
 *
 * While its file `control` has been told 1, writes that hold the text of a checksum fail with EIO: those are writes of data.
 * failing-device MEGABYTES FOLDER
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static char *disk;
static off_t size;
static volatile int fails = 0;

static int is_disk(const char *path) { return strcmp(path, "/disk") == 0; }

static int get_status(const char *path, struct stat *status, struct fuse_file_info *info) {
  (void)info;
  memset(status, 0, sizeof *status);
  status->st_nlink = 1;
  if (strcmp(path, "/") == 0) {
    status->st_mode = S_IFDIR | 0755;
  } else if (is_disk(path)) {
    status->st_mode = S_IFREG | 0600;
    status->st_size = size;
  } else if (strcmp(path, "/control") == 0) {
    status->st_mode = S_IFREG | 0600;
  } else {
    return -ENOENT;
  }
  return 0;
}

static int open_file(const char *path, struct fuse_file_info *info) {
  if (!is_disk(path)) info->direct_io = 1;
  return 0;
}

static int truncate_file(const char *path, off_t length, struct fuse_file_info *info) {
  (void)path;
  (void)length;
  (void)info;
  return 0;
}

static int read_file(const char *path, char *bytes, size_t length, off_t offset, struct fuse_file_info *info) {
  (void)info;
  if (!is_disk(path) || offset >= size) return 0;
  if (length > (size_t)(size - offset)) length = size - offset;
  memcpy(bytes, disk + offset, length);
  return length;
}

static int write_file(const char *path, const char *bytes, size_t length, off_t offset, struct fuse_file_info *info) {
  (void)info;
  if (!is_disk(path)) {
    fails = length > 0 && bytes[0] == '1';
    return length;
  }
  if (fails && memmem(bytes, length, "\"crc32c\"", 8) != NULL) return -EIO;
  if (offset + (off_t)length > size) return -ENOSPC;
  memcpy(disk + offset, bytes, length);
  return length;
}

static const struct fuse_operations operations = {
    .getattr = get_status,
    .open = open_file,
    .read = read_file,
    .truncate = truncate_file,
    .write = write_file,
};

int main(int count, char **arguments) {
  if (count != 3) return 2;
  size = (off_t)atol(arguments[1]) << 20;
  disk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (disk == MAP_FAILED) return 1;
  char *mounting[] = {arguments[0], "-s", "-f", arguments[2], NULL};
  return fuse_main(4, mounting, &operations, NULL);
}

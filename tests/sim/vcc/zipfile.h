/* Zip files in memory, by hand on zlib: making them, good and bad, and reading one file of one. */
#ifndef SIM_VCC_ZIPFILE_H
#define SIM_VCC_ZIPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *data;
    size_t length;
    size_t room;
};

void buffer_add(struct buffer *b, const void *data,
                size_t length); /* ends the process: no memory */
void buffer_free(struct buffer *b);

/* Adds a file, deflated; `directory` gathers what zip_end() puts behind all of them. */
void zip_add(struct buffer *zip, struct buffer *directory, unsigned *count, const char *name,
             const void *data, size_t length);
void zip_end(struct buffer *zip, struct buffer *directory, unsigned count);

/* The file of that name; the caller frees. NULL: not there, or not whole. NUL behind it. */
char *zip_get(const uint8_t *zip, size_t length, const char *name, size_t *size);

#endif

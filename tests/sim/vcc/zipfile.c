/* Zip files in memory (APPNOTE 6.3.9, the parts without zip64), by hand on zlib. */
#include "zipfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50, MOST = 64 << 20 };

void buffer_add(struct buffer *b, const void *data, size_t length)
{
    if (b->length + length > b->room) {
        b->room = (b->length + length) * 2;
        b->data = realloc(b->data, b->room);
        if (b->data == NULL) {
            fputs("platen-sim-vcc: no memory\n", stderr);
            exit(1);
        }
    }
    if (length > 0) {
        memcpy(b->data + b->length, data, length);
    }
    b->length += length;
}

void buffer_free(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}

static void put(struct buffer *b, uint32_t value, unsigned octets)
{
    uint8_t bytes[4];

    for (unsigned i = 0; i < octets; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    buffer_add(b, bytes, octets);
}

static uint32_t get(const uint8_t *at, unsigned octets)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < octets; i++) {
        value |= (uint32_t)at[i] << (8 * i);
    }
    return value;
}

/* Raw deflate, which is what zip files hold. */
static struct buffer packed(const void *data, size_t length)
{
    struct buffer out = {0};
    z_stream z = {0};
    uint8_t chunk[16384];
    int rc = deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);

    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)length;
    while (rc == Z_OK) {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        rc = deflate(&z, Z_FINISH);
        buffer_add(&out, chunk, sizeof chunk - z.avail_out);
    }
    deflateEnd(&z);
    return out;
}

void zip_add(struct buffer *zip, struct buffer *directory, unsigned *count, const char *name,
             const void *data, size_t length)
{
    struct buffer body = packed(data, length);
    uint32_t crc = (uint32_t)crc32(0, data, (uInt)length);
    uint32_t at = (uint32_t)zip->length;
    uint32_t name_length = (uint32_t)strlen(name);

    put(zip, LOCAL, 4);
    put(directory, CENTRAL, 4);
    put(directory, 20, 2);
    for (int i = 0; i < 2; i++) {
        struct buffer *to = i == 0 ? zip : directory;
        put(to, 20, 2);
        put(to, 0, 2);
        put(to, 8, 2); /* deflated */
        put(to, 0x5000 << 16 | 0x21, 4);
        put(to, crc, 4);
        put(to, (uint32_t)body.length, 4);
        put(to, (uint32_t)length, 4);
        put(to, name_length, 2);
        put(to, 0, 2);
    }
    buffer_add(zip, name, name_length);
    buffer_add(zip, body.data, body.length);
    put(directory, 0, 2); /* comment */
    put(directory, 0, 2);
    put(directory, 0, 2);
    put(directory, 0, 4);
    put(directory, at, 4);
    buffer_add(directory, name, name_length);
    buffer_free(&body);
    *count += 1;
}

void zip_end(struct buffer *zip, struct buffer *directory, unsigned count)
{
    uint32_t at = (uint32_t)zip->length;

    buffer_add(zip, directory->data, directory->length);
    put(zip, END, 4);
    put(zip, 0, 4);
    put(zip, count, 2);
    put(zip, count, 2);
    put(zip, (uint32_t)directory->length, 4);
    put(zip, at, 4);
    put(zip, 0, 2);
    buffer_free(directory);
}

/* The file's contents behind its local header. */
static char *unpack(const uint8_t *from, size_t length, unsigned method, size_t size)
{
    char *out = size <= MOST ? malloc(size + 1) : NULL;
    z_stream z = {0};

    if (out == NULL || (method != 8 && (method != 0 || length != size))) {
        free(out);
        return NULL;
    }
    out[size] = '\0';
    if (method == 0) {
        memcpy(out, from, size);
        return out;
    }
    z.next_in = (Bytef *)(uintptr_t)from;
    z.avail_in = (uInt)length;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)size;
    bool good = inflateInit2(&z, -15) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END &&
                z.total_out == size;
    inflateEnd(&z);
    if (!good) {
        free(out);
        out = NULL;
    }
    return out;
}

static char *get_entry(const uint8_t *zip, size_t length, const uint8_t *entry, size_t *size)
{
    size_t at = get(entry + 42, 4);
    size_t stored = get(entry + 20, 4);

    *size = get(entry + 24, 4);
    if (at + 30 > length || get(zip + at, 4) != LOCAL) {
        return NULL;
    }
    at += 30 + get(zip + at + 26, 2) + get(zip + at + 28, 2);
    if (at > length || stored > length - at) {
        return NULL;
    }
    char *data = unpack(zip + at, stored, get(entry + 10, 2), *size);
    if (data != NULL &&
        (uint32_t)crc32(0, (const Bytef *)data, (uInt)*size) != get(entry + 16, 4)) {
        free(data);
        data = NULL;
    }
    return data;
}

char *zip_get(const uint8_t *zip, size_t length, const char *name, size_t *size)
{
    if (length < 22) {
        return NULL;
    }
    size_t end = length - 22;
    while (end > 0 && get(zip + end, 4) != END) {
        end--;
    }
    size_t at = get(zip + end + 16, 4);
    for (unsigned left = get(zip + end + 10, 2); left > 0; left--) {
        if (at + 46 > length || get(zip + at, 4) != CENTRAL) {
            return NULL;
        }
        size_t name_length = get(zip + at + 28, 2);
        if (at + 46 + name_length > length) {
            return NULL;
        }
        if (name_length == strlen(name) && memcmp(zip + at + 46, name, name_length) == 0) {
            return get_entry(zip, length, zip + at, size);
        }
        at += 46 + name_length + get(zip + at + 30, 2) + get(zip + at + 32, 2);
    }
    return NULL;
}

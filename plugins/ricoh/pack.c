/* See file.h: a file as text that fits into settings. */
#include "file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <zlib.h>

static void *say(char *why, const char *text)
{
    (void)snprintf(why, FILE_WHY, "%s", text);
    return NULL;
}

static void make_digest(const void *data, size_t length, char digest[FILE_DIGEST])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    (void)SHA256(data, length, hash);
    for (size_t i = 0; i < sizeof(hash); i++) {
        (void)snprintf(digest + 2 * i, 3, "%02x", hash[i]);
    }
}

static char *to_base64(const unsigned char *data, size_t length)
{
    unsigned char *text = malloc((length + 2) / 3 * 4 + 1);
    if (text != NULL) {
        (void)EVP_EncodeBlock(text, data, (int)length);
    }
    return (char *)text;
}

char *file_pack(const void *data, size_t length, char digest[FILE_DIGEST], char *why)
{
    uLong room = compressBound((uLong)length);
    unsigned char *small = length <= FILE_BYTES_MAX ? malloc(room) : NULL;
    if (small == NULL) {
        return say(why, "no memory for a device setting file, or it is too long");
    }
    char *text = NULL;
    if (compress2(small, &room, data, (uLong)length, Z_BEST_COMPRESSION) != Z_OK) {
        (void)say(why, "the file cannot be compressed");
    } else if (room > FILE_PACKED_MAX) {
        (void)snprintf(why, FILE_WHY,
                       "the file has %lu bytes when it is compressed, %u are possible",
                       (unsigned long)room, FILE_PACKED_MAX);
    } else {
        text = to_base64(small, room);
        if (text == NULL) {
            (void)say(why, "no memory for a device setting file");
        }
        make_digest(data, length, digest);
    }
    free(small);
    return text;
}

/* Strict: EVP_DecodeBlock() takes more than base64, and pads with zeros. */
static unsigned char *from_base64(const char *text, size_t *length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = strlen(text);
    size_t plain = strspn(text, letters);
    if (size == 0 || size % 4 != 0 || size - plain > 2 ||
        strspn(text + plain, "=") != size - plain) {
        return NULL;
    }
    unsigned char *data = malloc(size / 4 * 3);
    if (data != NULL && EVP_DecodeBlock(data, (const unsigned char *)text, (int)size) < 0) {
        free(data);
        data = NULL;
    }
    *length = size / 4 * 3 - (size - plain);
    return data;
}

void *file_unpack(const char *packed, const char *digest, size_t *length, char *why)
{
    size_t size = 0;
    char found[FILE_DIGEST];
    uLongf room = FILE_BYTES_MAX;
    if (strlen(packed) > (size_t)FILE_PIECE * FILE_PIECES_MAX) {
        return say(why, "the file is longer than a device can be told");
    }
    unsigned char *small = from_base64(packed, &size);
    if (small == NULL) {
        return say(why, "the file is not whole: it is no base64");
    }
    unsigned char *data = malloc(room);
    int rc = data != NULL ? uncompress(data, &room, small, (uLong)size) : Z_MEM_ERROR;
    free(small);
    if (rc != Z_OK) {
        free(data);
        return say(why, "the file is not whole: it does not unpack");
    }
    make_digest(data, room, found);
    if (strcmp(found, digest) != 0) {
        free(data);
        return say(why, "the file was changed: it has another digest than when it was uploaded");
    }
    *length = room;
    return data;
}

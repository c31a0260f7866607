/*
 * Runs a fuzz target over the files of a folder, and over changes of them that a fixed seed makes,
 * without libFuzzer: the part of fuzzing that every test run has.
 *
 *   replay folder [changes]
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define FILES 256
#define SIZE_MAX_INPUT 8192u

typedef struct input {
    uint8_t *data;
    size_t size;
} input;

static input inputs[FILES];
static size_t input_count;
static uint32_t state = 1;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static void load(const char *folder, const char *name)
{
    char path[4096];
    static uint8_t data[SIZE_MAX_INPUT];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || input_count == FILES) {
        return;
    }
    size_t size = fread(data, 1, sizeof data, file);
    (void)fclose(file);
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, size);
    inputs[input_count++] = (input){copy, size};
}

/* One to eight changes: an octet, a bit, a piece taken out, a piece put twice, the end cut off. */
static size_t change(uint8_t *data, size_t size)
{
    for (uint32_t n = 1 + draw(8); n > 0 && size > 2; n--) {
        size_t at = draw((uint32_t)size);
        size_t piece = 1 + draw(16);
        piece = piece > size - at ? size - at : piece;
        switch (draw(6)) {
        case 0:
            data[at] = (uint8_t)draw(256);
            break;
        case 1:
            data[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 2:
            memmove(data + at, data + at + piece, size - at - piece);
            size -= piece;
            break;
        case 3:
            if (size + piece < SIZE_MAX_INPUT) {
                memmove(data + at + piece, data + at, size - at);
                size += piece;
            }
            break;
        case 4:
            data[at] = (uint8_t[]){0x00, 0x7f, 0x80, 0x81, 0x84, 0xff}[draw(6)];
            break;
        default:
            size = draw(4) == 0 ? at : size;
            break;
        }
    }
    return size;
}

int main(int argc, char **argv)
{
    static uint8_t data[2 * SIZE_MAX_INPUT];
    unsigned long changes = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: %s folder [changes]\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            load(argv[1], entry->d_name);
        }
    }
    (void)closedir(folder);
    if (input_count == 0) {
        (void)fprintf(stderr, "no files in %s\n", argv[1]);
        return 1;
    }
    for (size_t i = 0; i < input_count; i++) {
        (void)LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].size);
    }
    if (fuzz_bindings == 0) {
        (void)fprintf(stderr, "not one file of %s is an answer that is taken\n", argv[1]);
        return 1;
    }
    for (unsigned long i = 0; i < changes; i++) {
        const input *in = &inputs[draw((uint32_t)input_count)];
        memcpy(data, in->data, in->size);
        size_t size = change(data, in->size);
        uint8_t *exact = malloc(size == 0 ? 1 : size);
        if (exact == NULL) {
            abort();
        }
        memcpy(exact, data, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    printf("%zu files, %lu changes, %llu bindings\n", input_count, changes,
           (unsigned long long)fuzz_bindings);
    for (size_t i = 0; i < input_count; i++) {
        free(inputs[i].data);
    }
    return 0;
}

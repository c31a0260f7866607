/*
 * Lists of key and value in one text, as printers send them: "index=1;class=...;level=20;" (PWG
 * 5100.9, 5100.13) and "MFG:ACME;MDL:Laser 9;" (IEEE 1284 device ids). The octets are the device's:
 * they need not end with NUL, nor be UTF-8, nor make sense.
 */
#ifndef PLATEN_IPP_KEYVALUE_H
#define PLATEN_IPP_KEYVALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYVALUE_KEY 32
#define KEYVALUE_VALUE 256
#define KEYVALUE_PAIRS 64 /* what stands behind is ignored */

typedef struct keyvalue_pair {
    char key[KEYVALUE_KEY];     /* trimmed, ASCII lower case */
    char value[KEYVALUE_VALUE]; /* trimmed, cut when longer */
} keyvalue_pair;

typedef struct keyvalue {
    const char *octets;
    size_t length;
    size_t position;
    size_t pairs;
    char separator; /* '=' or ':' between key and value; pairs end with ';' */
} keyvalue;

/* The octets stay the caller's and must outlive the reader. NULL is an empty list. */
void keyvalue_init(keyvalue *list, const void *octets, size_t length, char separator);

/* The next pair with a key that is not empty and fits; false at the end. */
bool keyvalue_next(keyvalue *list, keyvalue_pair *pair);

/* The first value of `key` that is not empty, from the start; false when there is none. */
bool keyvalue_find(const keyvalue *list, const char *key, char value[KEYVALUE_VALUE]);

/* A whole decimal number with an optional '-', within 32 bits; false for anything else. */
bool keyvalue_integer(const char *text, int64_t *number);

#endif

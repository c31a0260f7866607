/* What the words share with the operations on them. */
#ifndef SETTING_VALUE_DICTIONARY_PRIVATE_H
#define SETTING_VALUE_DICTIONARY_PRIVATE_H

#include "dictionary.h"

#define DICTIONARIES_MAX 64u /* uploaded ones */

/* What is in the database was changed, and is committed. */
void dictionary_changed(void);
/* Frees all words: in unload(). */
void dictionary_unload(void);

platen_code dictionary_operation_load(platen_error *err);

#endif

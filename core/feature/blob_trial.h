/*
 * Contents of blob/1 while an installation is tried: the copy of the database that a roll-back puts
 * back knows those of before. What is dropped then lies in <data>/blobs/<plugin>/dropped/<digest>
 * until the installation has ended, what is new is marked in made/<digest>.
 */
#ifndef PLATEN_FEATURE_BLOB_TRIAL_H
#define PLATEN_FEATURE_BLOB_TRIAL_H

#include <stdbool.h>

#include "core/base/error.h"

/* Ends it: `kept`, dropped contents go; else they come back, and new ones go. Main thread, while no
 * manager works. May be repeated after a power cut. */
platen_code blob_trial_end(const char *data, bool kept, platen_error *err);

#endif

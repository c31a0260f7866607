/* Catalogue of alerts. Texts are those of a plausible device, not of a certain one. */
#include "alert.h"

#include <string.h>

enum { CRITICAL = 3, WARNING = 4, BINARY = 5 };
enum { UNTRAINED = 3, TRAINED = 4, FIELD_SERVICE = 5, NO_ACTION = 7 };

const struct alert_info alert_infos[ALERT_KINDS] = {
    [ALERT_JAM] = {"jam", "Paper jam inside the device", "Paper jam", 8, 0, 0x0400, CRITICAL,
                   UNTRAINED, 13, PART_NONE},
    [ALERT_COVER_OPEN] = {"cover-open", "%s is open", "Close %s", 3, 0, 0x0800, CRITICAL, UNTRAINED,
                          6, PART_COVER},
    [ALERT_PAPER_LOW] = {"paper-low", "%s is almost empty", "%s low", 807, 0, 0x8000, WARNING,
                         UNTRAINED, 8, PART_TRAY},
    [ALERT_PAPER_EMPTY] = {"paper-empty", "%s is empty", "Load %s", 808, 0, 0x4004, CRITICAL,
                           UNTRAINED, 8, PART_TRAY},
    [ALERT_TRAY_MISSING] = {"tray-missing", "%s is missing or open", "Insert %s", 801, 0, 0x0080,
                            WARNING, UNTRAINED, 8, PART_TRAY},
    [ALERT_OUTPUT_NEAR_FULL] = {"output-near-full", "%s is almost full", "%s almost full", 902, 0,
                                0x0010, BINARY, UNTRAINED, 9, PART_OUTPUT},
    [ALERT_OUTPUT_FULL] = {"output-full", "%s is full", "Empty %s", 903, 0, 0x0008, CRITICAL,
                           UNTRAINED, 9, PART_OUTPUT},
    [ALERT_SUPPLY_LOW] = {"toner-low", "%s is low", "%s low", 1104, 1105, 0x2000, WARNING,
                          UNTRAINED, 11, PART_SUPPLY},
    [ALERT_SUPPLY_EMPTY] = {"toner-empty", "%s is empty", "Replace %s", 1101, 1102, 0x1000,
                            CRITICAL, UNTRAINED, 11, PART_SUPPLY},
    [ALERT_SUPPLY_MISSING] = {"supply-missing", "%s is missing", "Install %s", 1115, 9, 0x0020,
                              CRITICAL, UNTRAINED, 11, PART_SUPPLY},
    [ALERT_WASTE_NEAR_FULL] = {"waste-near-full", "%s is almost full", "%s almost full", 1107, 1108,
                               0x0020, WARNING, TRAINED, 11, PART_WASTE},
    [ALERT_WASTE_FULL] = {"waste-full", "%s is full", "Replace %s", 1109, 1110, 0x0100, CRITICAL,
                          TRAINED, 11, PART_WASTE},
    [ALERT_LIFE_LOW] = {"life-low", "Drum near end of life", "Drum end soon", 1111, 0, 0x0002,
                        WARNING, TRAINED, 10, PART_NONE},
    [ALERT_FUSER] = {"fuser", "Fuser does not reach its temperature", "Error 50.2", 1001, 0, 0x0100,
                     CRITICAL, FIELD_SERVICE, 10, PART_NONE},
    [ALERT_SERVICE] = {"service", "Call for service: C0210", "Call service C0210", 1, 0, 0x0100,
                       CRITICAL, FIELD_SERVICE, 5, PART_NONE},
    [ALERT_MAINTENANCE] = {"maintenance", "Periodic maintenance is due", "Maintenance due", 15, 0,
                           0x0002, WARNING, FIELD_SERVICE, 5, PART_NONE},
    [ALERT_OFFLINE] = {"offline", "The device was taken offline", "Offline", 22, 0, 0x0200,
                       CRITICAL, UNTRAINED, 5, PART_NONE},
};

enum alert_kind alert_by_name(const char *name)
{
    for (int i = 0; i < ALERT_KINDS; i++) {
        if (strcmp(alert_infos[i].name, name) == 0) {
            return (enum alert_kind)i;
        }
    }
    return ALERT_KINDS;
}

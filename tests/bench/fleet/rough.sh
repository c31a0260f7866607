#!/bin/bash
# A rough network: 3 % of the devices silent or slow, 0.5 % of the answers lost, 5 ms each way round.
# All are judged within tries x time-out + 2 s, and none that answers is called silent. The faulty
# devices are scattered over the fleet, and the first poll does not know yet which they are.
# Usage: rough.sh RELEASE_BUILD_FOLDER [DEVICES]
BUILD=$1
DEVICES=${2:-50000}
. "$(dirname "$0")/fleet.sh"

processor_s() { # PID
    awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' "/proc/$1/stat"
}
spent() { # of the simulator, the manager and its agent until now
    echo "$(processor_s "$SIM") $(processor_s "$PLATEND") $(processor_s "$AGENT")"
}
poll() { # NAME
    local before
    before=$(spent)
    polled
    echo "$1 $(took) s" \
        "$(awk '{ printf "processor_s sim %.2f manager %.2f agent %.2f", $4 - $1, $5 - $2, $6 - $3 }' <<<"$before $(spent)")" \
        "counts $(jq -c '.counts' <<<"$ANSWER")"
    want 200 GET /dashboard
    echo "  power $(jq -c .power <<<"$ANSWER")"
}

found --still
AGENT=$(pgrep -P "$PLATEND" | head -n 1)
poll first_of_all
poll no_faults
ctl() { "$BUILD/platen-sim" --ctl "$WORK/sim.sock" "$@" | tail -n 1; }
ctl slow 3% 400
ctl silent 1.5%
ctl loss 0.5
ctl latency 5
poll first_after_fault
poll second
poll third
ctl clear all
ctl loss 0
poll all_answer_again
poll clean

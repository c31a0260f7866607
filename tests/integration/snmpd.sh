# Shared by integration tests: Net-SNMP's snmpd, which can be made to look like a printer. Source it
# after lib.sh.

# start_snmpd NAME ADDRESS [LINE OF CONFIGURATION]...: each has a folder of its own
start_snmpd() {
    local name=$1 address=$2
    shift 2
    local folder=$WORK/snmpd-$name
    mkdir -p "$folder/state"
    {
        echo "agentAddress udp:$address:$SNMP_PORT"
        echo 'dontLogTCPWrappersConnects yes'
        printf '%s\n' "$@"
    } >"$folder/snmpd.conf"
    # What the host says of itself as a device is left out: it has the objects of a printer instead.
    MIBS='' SNMP_PERSISTENT_DIR=$folder/state snmpd -f -Lf "$folder/log" -C -c "$folder/snmpd.conf" \
        -I -smux,hr_device,hr_disk,hr_network,hr_other,hr_partition,hr_print,hr_proc &
    PIDS+=($!)
    for _ in $(seq 100); do
        grep -q 'NET-SNMP version' "$folder/log" 2>/dev/null && return
        sleep 0.1
    done
    cat "$folder/log" >&2
    fail "snmpd $name does not start"
}

# printer_objects MODEL SERIAL NAME BLACK_LEVEL: lines for start_snmpd, objects of RFC 3805 and 2790
printer_objects() {
    local model=$1 serial=$2 name=$3 level=$4
    local device=.1.3.6.1.2.1.25.3.2.1 printer=.1.3.6.1.2.1.25.3.5.1 mib=.1.3.6.1.2.1.43
    cat <<OBJECTS
sysDescr $model
sysName $name
sysObjectID .1.3.6.1.4.1.64000.1.1
sysLocation Second floor
sysContact Print desk
override $device.1.1 integer 1
override $device.2.1 object_id .1.3.6.1.2.1.25.3.1.5
override $device.3.1 octet_str "$model"
override $device.5.1 integer 2
override $printer.1.1 integer 3
override $printer.2.1 octet_str 0x00
override $mib.5.1.1.16.1 octet_str "$name"
override $mib.5.1.1.17.1 octet_str "$serial"
override $mib.10.2.1.3.1.1 integer 7
override $mib.10.2.1.4.1.1 counter 98765
override $mib.10.2.1.6.1.1 integer 1
override $mib.11.1.1.2.1.1 integer 1
override $mib.11.1.1.3.1.1 integer 1
override $mib.11.1.1.4.1.1 integer 3
override $mib.11.1.1.5.1.1 integer 3
override $mib.11.1.1.6.1.1 octet_str "Black toner"
override $mib.11.1.1.7.1.1 integer 19
override $mib.11.1.1.8.1.1 integer 100
override $mib.11.1.1.9.1.1 integer $level
override $mib.11.1.1.2.1.2 integer 1
override $mib.11.1.1.3.1.2 integer 0
override $mib.11.1.1.4.1.2 integer 4
override $mib.11.1.1.5.1.2 integer 4
override $mib.11.1.1.6.1.2 octet_str "Waste toner"
override $mib.11.1.1.7.1.2 integer 19
override $mib.11.1.1.8.1.2 integer -2
override $mib.11.1.1.9.1.2 integer -3
override $mib.12.1.1.2.1.1 integer 1
override $mib.12.1.1.3.1.1 integer 3
override $mib.12.1.1.4.1.1 octet_str "black"
OBJECTS
}

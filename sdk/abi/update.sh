#!/bin/bash
# Writes down the layout as it is now, when it only grew. What is written down is promised.
set -euo pipefail
cd "$(dirname "$0")"
bash layout.sh ../include >layout.new
trap 'rm -f layout.new' EXIT
[ ! -s layout.txt ] || awk -f compare.awk layout.txt layout.new
mv layout.new layout.txt

#!/bin/sh
# Periodically: a report every ten minutes. POST keeps them all.
#
#   mppsim serve                                   in another terminal
#   examples/periodically.sh [SERVER]
set -eu
server=${1:-http://127.0.0.1:8000}

# Twenty minutes of the phone's clock take a second.
mppsim phone --sip-port 0 --web-port 0 --speed 1200 --for 25m \
    --set "Report_Rule=[--status]$server/status_upload.php" \
    --set HTTP_Report_Method=POST \
    --set Report_To_Server=Periodically \
    --set Periodic_Upload_To_Server=600 </dev/null

#!/bin/bash
# The failures of a night, one after the other. What bash says of them goes away.
exec 2>/dev/null
sh -c 'exit 137'
sleep 0.6
./billing --all
sleep 0.6
timeout 0.5 sleep 60
sleep 0.3
sleep 300 &
echo $! >worker.pid
wait
sleep 0.6
tail /dev/zero
sleep 0.6
ls /var/lib/reports
exit 0

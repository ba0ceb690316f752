#!/bin/bash
# A timeout kills the shell, and its child lives on.
sh -c 'sleep 30 & echo $! >daemon.pid; wait' &
sleep 0.3
kill $!
wait 2>/dev/null
echo "done"

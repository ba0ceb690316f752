#!/bin/bash
# A build that ends with 0, and hides a failure, a killed test and a server that it leaves behind.
sh ./check.sh --suite unit || true
timeout 0.2 sleep 60
sleep 30 >/dev/null 2>&1 &
echo $! >daemon.pid
# waits until the shell's child has executed sleep
until read -r comm </proc/$!/comm && [ "$comm" = sleep ]; do :; done

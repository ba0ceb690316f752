#!/bin/sh
# Leaves a daemon behind.
setsid sleep 60 >/dev/null 2>&1 &
echo $! >daemon.pid
echo service started

#!/bin/bash
# Kills the worker of nightly.sh once it runs. Ends if the folder is removed.
until [ -s worker.pid ]; do
	[ -e waits ] || exit 1
	sleep 0.1
done
kill -9 "$(cat worker.pid)"

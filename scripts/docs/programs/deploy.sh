#!/bin/bash
# Kills the worker of nightly.sh once it runs.
until [ -s worker.pid ]; do sleep 0.1; done
kill -9 "$(cat worker.pid)"

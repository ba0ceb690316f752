#!/bin/sh
sh -c 'exit 3'
exit 1

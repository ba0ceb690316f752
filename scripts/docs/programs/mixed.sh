#!/bin/bash
sh -c 'exit 137'
ls /nowhere 2>/dev/null
timeout 0.2 sleep 60
sleep 60 &
kill -9 $!
wait 2>/dev/null
./billing 2>/dev/null
yes 2>/dev/null | head -n 1 >/dev/null
./a-program-with-a-long-name --with=many --options=and-values
grep -q nothing /etc/passwd

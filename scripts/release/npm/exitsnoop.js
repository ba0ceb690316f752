#!/usr/bin/env node
"use strict";

/*
 * Starts the binary in the package for this machine, which npm installs as an optional dependency,
 * and ends as it ends. It does not replace itself by process.execve(): Node ignores SIGPIPE and
 * SIGXFSZ, and programs that exitsnoop starts would inherit that. spawn() resets all signals.
 */

const { spawn } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { constants } = require("node:os");
/** @type {{ package: string, cpu: string, libc: string, loader: string }[]} */
const builds = require("./builds.json");

const FORWARDED = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"];
/** A terminal sends these to all processes of the foreground group, and so to the binary, too. */
const FROM_TERMINAL = ["SIGINT", "SIGQUIT"];
const RERAISED = [...FORWARDED, "SIGKILL", "SIGPIPE"];

/** @returns {never} */
function fail(reason, status = 1) {
  process.stderr.write(`exitsnoop: ${reason}\n`);
  process.exit(status);
}

function findBinary(name) {
  try {
    return require.resolve(`${name}/exitsnoop`);
  } catch {
    return undefined;
  }
}

/** The C library of Node itself, for systems that can run programs of both. */
function ownLibc() {
  const report = process.report;
  if (!report || typeof report.getReport !== "function") return "glibc";
  // otherwise the report resolves the names of all open connections
  report.excludeNetwork = true;
  return report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
}

/** Returns the path of the binary. */
function chooseBinary() {
  if (process.platform !== "linux") fail(`it traces Linux, and this is ${process.platform}`);
  const forCpu = builds.filter(({ cpu }) => cpu === process.arch);
  if (!forCpu.length) {
    const cpus = [...new Set(builds.map(({ cpu }) => cpu))].join(" and ");
    fail(`there is no build for this processor (${process.arch}), only for ${cpus}`);
  }
  const runnable = forCpu.filter(({ loader }) => existsSync(loader));
  if (!runnable.length) {
    const loaders = forCpu.map(({ libc, loader }) => `${libc} (${loader})`).join(" or ");
    fail(`the builds for ${process.arch} need a C library that this system does not have: ${loaders}`);
  }
  const installed = runnable.filter((build) => findBinary(build.package));
  if (!installed.length) {
    const { version } = require("./package.json");
    const name = runnable[0].package;
    fail(
      `the optional dependency ${name} is not installed, as with --omit=optional or a lock file of another machine; ` +
        `install it where exitsnoop is: npm install ${name}@${version}`,
    );
  }
  const libc = installed.length > 1 ? ownLibc() : undefined;
  const build = installed.find((one) => one.libc === libc) || installed[0];
  return findBinary(build.package);
}

/** Returns whether this process belongs to the terminal's foreground group. */
function isInForeground() {
  const stat = readFileSync("/proc/self/stat", "latin1");
  // the fields after the name: state, ppid, pgrp, session, tty_nr, tpgid
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[4] !== "0" && fields[2] === fields[5];
}

function run(binary) {
  // installed before the binary runs, so that no signal ends this process without it; handlers run
  // when this function has returned
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      if (!(FROM_TERMINAL.includes(signal) && isInForeground())) child.kill(signal);
    });
  }
  const child = spawn(binary, process.argv.slice(2), { stdio: "inherit", argv0: "exitsnoop" });
  child.on("error", (error) => fail(`cannot run ${binary}: ${error.message}`, 126));
  child.on("exit", (status, signal) => {
    if (signal === null) process.exit(status);
    // a crash of the binary left a core dump already; one of this process would say nothing
    if (!RERAISED.includes(signal)) process.exit(128 + constants.signals[signal]);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

run(chooseBinary());

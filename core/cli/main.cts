#!/usr/bin/env node
// Owns the first moment of the process. DuckDB's queries and file reads share libuv's threads, whose number is read once, before the
// first asynchronous read. The loader of ES modules already does such a read, so this one file is CommonJS.
process.env.UV_THREADPOOL_SIZE ??= "16";

void import("./start.ts");

// Runs every *.test.mjs beside it, or those whose names contain one of the arguments.
// Three files at a time, each with a product of its own: a story waits for pages half of its time.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const here = path.dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith('.test.mjs'))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .sort()
  .map((name) => path.join(here, name));

if (files.length === 0) {
  console.error(`No test file is called anything like ${wanted.join(' or ')}.`);
  process.exit(1);
}

const tests = run({ files, concurrency: 3 });
tests.on('test:fail', ({ name, details: { error } }) => {
  process.exitCode = 1;
  // The report gives no reason when a whole file fails.
  if ('exitCode' in error) console.error(`${name} ended with ${error.signal ?? `code ${error.exitCode}`}`);
});
tests.compose(new spec()).pipe(process.stdout);

// The product as a newcomer starts it with `scripts/demo`: on free ports, with data of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../..', import.meta.url));
export const output = path.join(project, 'test-output');
const programs = process.env.PROGRAMS ?? path.join(project, 'target/debug');

const lastLines = (file) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n');

/** Starts a demo with empty data. What it gives is described in README.md. */
export async function startDemo(name, options = [], settings = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'concierge-browser-'));
  chmodSync(folder, 0o755); // started as root, Postgres runs as somebody else
  mkdirSync(output, { recursive: true });
  const log = createWriteStream(path.join(output, `demo-${name}.log`));
  const { DATABASE_URL, ...rest } = process.env;
  const env = { ...rest, ...settings };
  const child = spawn(path.join(programs, 'concierge-demo'), ['--data', path.join(folder, 'data'), '--listen', '127.0.0.1:0', '--json', ...options], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  child.stderr.pipe(log);

  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) {
    await ended;
    await finished(log);
    assert.fail(`the demo ended before it was ready:\n${lastLines(log.path)}`);
  }

  const details = JSON.parse(first.value);
  const control = (path) => new URL(`/__control/${path}`, details.procore.url);

  return {
    ...details,
    /** Has the simulated Procore do something: see its control page for the commands. */
    async procoreDoes(command, fields = {}) {
      const response = await fetch(control(command), { method: 'POST', body: JSON.stringify(fields) });
      assert.ok(response.ok, `${command}: ${await response.text()}`);
    },
    /** Runs one of the program's own commands on the demo's database; gives what it prints as JSON. */
    async command(args, input = '') {
      const run = spawn(path.join(programs, 'concierge'), [...args, '--json'], {
        env: {
          ...env,
          DATABASE_URL: details.database_url,
          CONCIERGE_PUBLIC_URL: details.url,
          CONCIERGE_ENCRYPTION_KEYS_FILE: path.join(details.data, 'encryption-keys'),
          PROCORE_WEBHOOK_NAMESPACE: 'concierge-demo',
        },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      run.stdin.end(input);
      const [[code], printed] = await Promise.all([once(run, 'exit'), text(run.stdout)]);
      assert.equal(code, 0, `concierge ${args.join(' ')}`);
      return JSON.parse(printed);
    },
    /** Stops it. Requests that Procore would not have understood are a failure of the product. */
    async stop() {
      const violations = await (await fetch(control('violations'))).json();
      child.kill('SIGINT');
      const [code] = await ended;
      rmSync(folder, { recursive: true, force: true });
      assert.equal(code, 0, 'Ctrl-C ends the demo in an orderly way');
      assert.deepEqual(violations, [], 'requests that broke the facts about Procore');
    },
  };
}

// A story: a test that is told a demo and any number of visitors.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { chromium } from 'playwright-core';

import { startDemo } from './demo.mjs';
import { Visitor, screenshotFolder } from './visitor.mjs';

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const file = path.basename(process.argv[1], '.test.mjs');
const folder = screenshotFolder(file);

let stage;
let demoOptions = [];
let demoSettings = {};

/** Starts this file's demo with these options, such as `--vendor-app`. Call it before the first story. */
export function demoWith(...options) {
  demoOptions = options;
}

/** Starts this file's demo with these settings, such as `{ CONCIERGE_ACCENT: '#0b3d91' }`. Call it before the first story. */
export function demoIn(settings) {
  demoSettings = settings;
}

// One demo and one browser per file, from its first story to its last.
async function setStage() {
  const [demo, browser] = await Promise.allSettled([startDemo(file, demoOptions, demoSettings), launch()]);
  const failed = [demo, browser].find(({ status }) => status === 'rejected');
  if (!failed) return { demo: demo.value, browser: browser.value };
  await Promise.allSettled([demo.value?.stop(), browser.value?.close()]); // it would keep this process alive
  throw failed.reason;
}

after(async () => {
  if (!stage) return;
  const failures = [];
  // Chromium may exit before Playwright's last write; that EPIPE has no other handler.
  process.setUncaughtExceptionCaptureCallback((error) => {
    if (error.code !== 'EPIPE') failures.push(error);
  });
  const { demo, browser } = await stage;
  const ends = await Promise.allSettled([browser.close(), demo.stop()]);
  failures.push(...ends.filter(({ status }) => status === 'rejected').map(({ reason }) => reason));
  for (const failure of failures) console.error(failure); // of a hook's failure the runner says only that there was one
  if (failures.length > 0) throw failures[0];
});

async function launch() {
  const executablePath = process.env.CHROMIUM ?? CHROMIUMS.find(existsSync);
  if (!executablePath) throw new Error('Chromium was not found: install it, or let CHROMIUM name it');
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  const args = [...quiet, '--disable-component-update', '--disable-sync'];
  if (process.getuid?.() === 0) args.push('--no-sandbox'); // Chromium has none for root
  // Chromium sometimes crashes on launch.
  for (let triesLeft = 2; ; triesLeft -= 1) {
    try {
      return await chromium.launch({ executablePath, args });
    } catch (error) {
      if (triesLeft === 0) throw error;
      console.error(`Chromium did not start, and is started again: ${error.message.split('\n', 1)}`);
    }
  }
}

/**
 * Tells one story. `tell` gets `demo` (see README.md) and `open`, which opens a browser of its own
 * for a new visitor: `await open()` or `await open({ javaScript: false })`.
 */
export function story(title, tell) {
  test(title, async () => {
    const { demo, browser } = await (stage ??= setStage());
    const visitors = [];
    const open = async (options = {}) => {
      const visitor = await Visitor.open(browser, { baseURL: demo.url, folder, ...options });
      visitors.push(visitor);
      return visitor;
    };
    try {
      await tell({ demo, open });
    } catch (error) {
      const name = title.replace(/\W+/g, '-');
      await Promise.allSettled(visitors.map((visitor, i) => visitor.screenshot(`FAILED-${name}-${i + 1}`)));
      throw error;
    } finally {
      await Promise.allSettled(visitors.map((visitor) => visitor.context.close()));
    }
  });
}

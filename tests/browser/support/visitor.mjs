// Somebody with a browser: one context, one page, and what can be said about any page.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { output } from './demo.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
// WCAG 2.2 AA and axe's own advice; `target-size` is off in axe unless it is named.
const EVERY_RULE = { rules: { 'target-size': { enabled: true } } };
const COLOURS = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }; // all that the dark differs in
const LOOKS = [
  { name: 'desktop', viewport: DESKTOP, colorScheme: 'light', rules: EVERY_RULE },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark', rules: COLOURS },
  { name: 'phone-dark', viewport: PHONE, colorScheme: 'dark', rules: COLOURS, isKept: false }, // seen on the others
  { name: 'phone', viewport: PHONE, colorScheme: 'light', rules: EVERY_RULE },
];
const HEAVIEST_PAGE = 40_000; // bytes as transferred, everything that the page needs to be shown
const NOT_PART_OF_THE_PAGE = ['beacon', 'fetch', 'xmlhttprequest'];

export class Visitor {
  /** Problems that no page may have: script errors, refused resources, violated policies. */
  problems = [];

  static async open(browser, { baseURL, folder, javaScript = true, timezoneId }) {
    const context = await browser.newContext({
      baseURL,
      javaScriptEnabled: javaScript,
      reducedMotion: 'reduce',
      timezoneId,
      viewport: DESKTOP,
    });
    context.setDefaultTimeout(15_000);
    const visitor = new Visitor();
    Object.assign(visitor, { context, folder, javaScript });
    visitor.page = await context.newPage();
    await visitor.#watch(context);
    return visitor;
  }

  async #watch(context) {
    const { page } = this;
    this.session = await context.newCDPSession(page);
    await this.session.send('Network.enable');
    await this.session.send('Network.setCacheDisabled', { cacheDisabled: true }); // a page weighs what it weighs at first
    page.on('pageerror', (error) => this.problems.push(`script error: ${error.message}`));
    page.on('console', (message) => {
      // Chromium calls a refused form (422) a failed resource; resources are judged below.
      const refused = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !refused) this.problems.push(`console: ${message.text()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400 && !response.request().isNavigationRequest()) {
        this.problems.push(`${response.status()} for ${response.url()}`);
      }
    });
  }

  /** Goes to a path and expects a page there. */
  async go(path, status = 200) {
    const response = await this.page.goto(path);
    assert.equal(response.status(), status, `status of ${path}`);
  }

  /** Signs in through the form. The person is one of those in `demo`. */
  async signIn(person) {
    await this.go('/sign-in');
    await this.page.getByLabel('Email', { exact: true }).fill(person.email);
    await this.page.getByLabel('Password', { exact: true }).fill(person.password);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.page.waitForURL((url) => url.pathname !== '/sign-in');
  }

  /**
   * Holds the page as it stands against what holds for every page, in light and dark, on desktop
   * and phone: heading and title, no axe violation, nothing wider than the screen, light enough, no bar over a remedy.
   * Keeps screenshots under this name.
   */
  async check(name) {
    const { page } = this;
    await page.waitForLoadState('load');
    await this.#checkHeadings(name);
    await this.#checkWeight(name);
    for (const look of LOOKS) {
      await page.setViewportSize(look.viewport);
      await page.emulateMedia({ colorScheme: look.colorScheme });
      const shown = `${name} (${look.name})`;
      await this.#checkWidth(shown);
      if (look.viewport === PHONE && look.colorScheme === 'light') await this.#checkBars(shown);
      if (this.javaScript) await this.#checkAccessibility(shown, look.rules);
      if (look.isKept ?? true) await this.screenshot(`${name}-${look.name}`);
    }
    await page.setViewportSize(DESKTOP);
    await page.emulateMedia({ colorScheme: 'light' });
    assert.deepEqual(this.problems, [], `problems on the way to ${name}`);
  }

  async screenshot(name) {
    mkdirSync(this.folder, { recursive: true });
    // The page as a whole. Packed lightly: most of the time of these tests went into small files.
    const packed = { format: 'png', captureBeyondViewport: true, optimizeForSpeed: true };
    const { data } = await this.session.send('Page.captureScreenshot', packed);
    await writeFile(path.join(this.folder, `${name}.png`), data, 'base64');
  }

  async #checkHeadings(name) {
    const headings = await this.page.locator('h1').allInnerTexts();
    assert.equal(headings.length, 1, `${name} has one h1, not ${headings.length}`);
    const title = (await this.page.title()).replace(/^Error: /, '');
    assert.ok(title.startsWith(headings[0].trim()), `${name}: the title "${title}" starts with "${headings[0]}"`);
  }

  async #checkWeight(name) {
    // The document's own account: what the page before it still fetched is not in it. Without a cache, a logo that is the
    // page's icon as well comes twice; a browser that has one keeps it.
    const weight = await this.page.evaluate((left) => {
      const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter(({ initiatorType }) => !left.includes(initiatorType))
        .map(({ name, transferSize }) => [name, transferSize]);
      return [...new Map(files).values()].reduce((sum, size) => sum + size, 0);
    }, NOT_PART_OF_THE_PAGE);
    assert.ok(weight > 0, `${name} was transferred`);
    assert.ok(weight < HEAVIEST_PAGE, `${name} weighs ${weight} bytes, more than ${HEAVIEST_PAGE}`);
  }

  async #checkWidth(shown) {
    const [content, screen] = await this.page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    assert.ok(content <= screen, `${shown} is ${content} px wide on a screen of ${screen}`);
  }

  // What stays at the bottom of a phone belongs to a form, and what is to be read or clicked in Procore is never under it.
  async #checkBars(shown) {
    const wrong = await this.page.evaluate(() => {
      const remedies = [...document.querySelectorAll('.click, .fix-card, .remedy')].filter((it) => it.checkVisibility());
      const bars = [...document.querySelectorAll('body *')].filter((it) => {
        const { position, bottom } = getComputedStyle(it);
        return ['sticky', 'fixed'].includes(position) && bottom !== 'auto' && !it.matches('dialog') && it.checkVisibility();
      });
      const stray = bars.filter((bar) => !bar.closest('form')).map((bar) => `outside of a form: ${bar.outerHTML.slice(0, 120)}`);
      const { scrollX, scrollY } = window;
      const under = remedies.filter((remedy) => {
        window.scrollBy({ top: remedy.getBoundingClientRect().bottom - window.innerHeight, behavior: 'instant' });
        const { top, bottom } = remedy.getBoundingClientRect();
        return bars.map((bar) => bar.getBoundingClientRect()).some((bar) => bar.top < bottom && bar.bottom > top);
      });
      window.scrollTo({ left: scrollX, top: scrollY, behavior: 'instant' });
      return [...stray, ...under.map((it) => `under a bar: ${it.innerText.slice(0, 120)}`)];
    });
    assert.deepEqual(wrong, [], `${shown}: the bar of a form stands where it does not belong`);
  }

  async #checkAccessibility(shown, rules) {
    if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(
      (options) => axe.run(document, options),
      { resultTypes: ['violations'], preload: false, ...rules }, // nothing of a page comes from elsewhere
    );
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}\n  ${node.target.join(' ')}\n  ${node.failureSummary}`),
    );
    assert.equal(found.length, 0, `${shown} is not accessible:\n${found.join('\n')}`);
  }
}

export function screenshotFolder(file) {
  return path.join(output, 'screenshots', file);
}

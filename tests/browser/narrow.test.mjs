// A screen of 320 px and names of 120 letters: nothing is wider than the screen, on any kind of page.

import assert from 'node:assert/strict';

import { signInSupport } from './support/desk.mjs';
import { newFirm } from './support/firm.mjs';
import { story } from './support/story.mjs';
import { button, field, heading, link, setup, walkTo } from './support/wizard.mjs';

const NARROW = { width: 320, height: 640 };
const LONG_NAME = 'Llanfairpwllgwyngyll'.repeat(6);
const HEADER = 64; // px, one row

story('every kind of page fits on 320 px, with names of 120 letters', async ({ demo, open }) => {
  const firm = await newFirm(demo, LONG_NAME);
  const level = (tool, level) =>
    demo.procoreDoes('level', {
      company_id: Number(firm.procore.company_id), client_id: firm.procore.client_id, tool, level,
    });
  const visitor = await open();
  await visitor.page.setViewportSize(NARROW);
  const { page } = visitor;
  const fits = async (name) => {
    await page.waitForLoadState('load');
    const tooWide = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const beyond = [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > clientWidth + 1);
      return scrollWidth > clientWidth ? beyond.map((it) => it.outerHTML.slice(0, 120)) : [];
    });
    assert.deepEqual(tooWide, [], `${name} is wider than the screen`);
    const header = await page.locator('.head').boundingBox();
    assert.ok(header.height <= HEADER, `${name}: the header takes ${header.height} px`);
    await visitor.screenshot(name);
  };
  const visit = async (path, name, status) => {
    await visitor.go(path, status);
    await fits(name);
  };

  await visit('/sign-in', 'sign-in');
  await visit('/reset', 'reset');
  await visitor.signIn(firm.admin);
  await fits('tile-before');
  await page.getByText('Menu', { exact: true }).click();
  await link(visitor, 'People').waitFor();
  await fits('menu');
  await visit(setup(firm, 'review'), 'review');
  await field(visitor, 'People').check();
  await button(visitor, 'Continue').click();
  await field(visitor, 'Not yet').check();
  await fits('credentials');
  for (const summary of await page.locator('.task summary').all()) await summary.click();
  await fits('tasks');
  await visitor.context.clearCookies();
  await walkTo(visitor, 'settings', firm, ['Projects', 'People']);
  await fits('settings');
  await visit(setup(firm, 'verify'), 'verify');
  await visitor.go(setup(firm, 'settings'));
  await button(visitor, 'Save and continue').click();
  for (const tool of ['Directory', 'Webhooks API']) await level(tool, 'None');
  await button(visitor, 'Check again').click();
  await button(visitor, 'Send these fixes to my Procore admin').waitFor();
  await fits('permissions-failing');
  await link(visitor, "I can't find this (step 1)").click();
  await fits('cannot-find');
  await visitor.go(setup(firm, 'permissions'));
  await button(visitor, 'Send these fixes to my Procore admin').click();
  await fits('hand-over');
  await field(visitor, 'Name').fill('Bo Lane');
  await field(visitor, 'Email').fill('bo@narrow.example');
  await button(visitor, 'Send').click();
  await page.getByRole('main').getByText('Bo Lane').first().waitFor();
  await fits('waiting-for-a-colleague');
  await visit(`/firms/${firm.id}/concierge`, 'tile-waiting');

  await visitor.context.clearCookies();
  await signInSupport(visitor, demo);
  await fits('queue');
  await page.getByRole('link', { name: LONG_NAME }).first().click();
  await heading(visitor, LONG_NAME).waitFor();
  await fits('case');
  for (const name of ['overview', 'firms/new', 'mail']) await visit(`/support/${name}`, `support-${name.replace('/', '-')}`);
  await page.getByRole('row').filter({ hasText: 'bo@narrow.example' }).getByRole('link').click();
  await fits('mail');
  const mail = await page.getByRole('main').innerText();
  await visit(new URL(mail.match(/http\S+\/handover\/\S+/)[0]).pathname, 'colleague');
  await visitor.context.clearCookies();
  await visitor.signIn(firm.admin);

  await level('Directory', 'Read Only');
  await level('Webhooks API', 'Standard');
  await visitor.go(setup(firm, 'permissions'));
  await button(visitor, 'Check again').click();
  await button(visitor, 'Continue').click();
  await heading(visitor, 'Check what will happen').waitFor();
  await fits('plan');
  await button(visitor, 'Complete integration').click();
  await heading(visitor, 'Setting up').or(heading(visitor, 'Procore is connected')).waitFor();
  await fits('progress');
  await heading(visitor, 'Procore is connected').waitFor({ timeout: 60_000 });
  await fits('done');
  const details = `/firms/${firm.id}/procore`;
  for (const name of ['', '/data', '/webhooks', '/settings', '/permissions', '/credentials', '/activity', '/data/projects']) {
    await visit(details + name, `details${name.replaceAll('/', '-')}`);
    const tab = await page.locator('.subnav [aria-current]').first().boundingBox();
    if (tab) assert.ok(tab.x >= 0 && tab.x + tab.width <= NARROW.width, `the tab of ${name} is in view, not at ${tab.x}`);
  }
  await visit(`/firms/${firm.id}/concierge`, 'tile-connected');
  await visit(`/firms/${firm.id}/people`, 'people');
  await visit(`/firms/${firm.id}/support`, 'support-access');
  await visit('/account', 'account');
  await visit('/nothing-is-here', 'not-found', 404);
  await visit('/styleguide', 'styleguide');
});

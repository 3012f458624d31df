// Support finds the firm that is stuck, understands why, and brings it on.

import assert from 'node:assert/strict';

import { offered, signInSupport } from './support/desk.mjs';
import { story } from './support/story.mjs';
import { button, field, heading, isRefused, sendCredentials, step } from './support/wizard.mjs';

const focused = (visitor) => visitor.page.evaluate(() => document.activeElement.id);

/** To the neighbours in the queue and back, to its search, and to the day and the note of the case. */
async function useTheKeys(support, firm, neighbour) {
  const { keyboard } = support.page;
  const press = async (key, name) => {
    await keyboard.press(key);
    await heading(support, name).waitFor();
    await button(support, 'Keyboard shortcuts').waitFor(); // the script is there
  };
  await button(support, 'Keyboard shortcuts').waitFor();
  await press('j', neighbour);
  await press('k', firm);
  await press('/', 'Queue');
  assert.equal(await focused(support), 'q');
  await support.page.goBack();
  await heading(support, firm).waitFor();
  await button(support, 'Keyboard shortcuts').waitFor();
  await keyboard.press('s');
  assert.equal(await focused(support), 'day');
  await field(support, 'Day').blur();
  await keyboard.press('n');
  assert.equal(await focused(support), 'note');
  await field(support, 'New note').blur();
}

/** Who has the case and what was noted stay beside what is read, as far down as that goes. */
async function staysInView({ page }) {
  const beside = page.locator('.case-side');
  const last = page.locator('.split > .stack-l > :last-child');
  await last.evaluate((it) => window.scrollBy({ top: it.getBoundingClientRect().bottom - window.innerHeight, behavior: 'instant' }));
  assert.ok((await page.evaluate(() => window.scrollY)) > 0, 'the case is longer than the screen');
  const { y, height } = await beside.boundingBox();
  assert.ok(y >= 0 && y + height <= page.viewportSize().height, `the right column is at ${y} px and ${height} px high`);
  await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }));
}

story('support finds, understands and resumes', async ({ demo, open }) => {
  await demo.command(['firm', 'create', '--name', 'Ashford Works']);
  // A firm gets stuck: its app is not installed.
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.page.getByText('Integrate with Procore', { exact: true }).click();
  await button(admin, 'Continue').click();
  await demo.procoreDoes('uninstall');
  await sendCredentials(admin, demo.procore);
  assert.equal(step(admin), 'verify');
  await button(admin, 'Check again').waitFor();

  // Find.
  const support = await open();
  await signInSupport(support, demo);
  await support.check('queue');
  await support.page.getByRole('link', { name: demo.firm.name }).first().click();

  // Understand.
  await heading(support, demo.firm.name).waitFor();
  await support.page.getByText('Ref PC-NOT-INSTALLED').first().waitFor();
  await support.check('case-stuck');
  await staysInView(support);
  await useTheKeys(support, demo.firm.name, 'Ashford Works');
  assert.equal(await button(support, 'Retry').count(), 0, 'what is impossible is not offered');

  // A note, without their secret.
  await field(support, 'New note').fill(`Their secret is ${demo.procore.client_secret}`);
  await isRefused(support, 'Add note', { says: /looks like a key/, at: 'note' });
  await support.check('note-refused');
  await field(support, 'New note').fill('They install the app this morning.');
  await button(support, 'Add note').click();
  await support.page.getByText('The note is saved.').waitFor();

  // The fixes go to the person who looks after Procore.
  await button(support, 'Send these fixes').click();
  await support.check('send-fixes');
  await support.page.getByLabel('Who gets them').selectOption('other');
  await field(support, 'Email').fill('pat@harborlane.example');
  await isRefused(support, 'Send these fixes', { says: 'Enter a reason', at: 'reason' });
  await field(support, 'Reason').fill('They asked what to click');
  await button(support, 'Send these fixes').click();
  await support.page.getByText('This installation sends no mail: what was to be sent is kept under Mail.').waitFor();

  await (await offered(support, 'Send a fresh link')).click();
  await support.check('fresh-link');
  await support.page.getByRole('link', { name: 'Cancel' }).click();
  await button(support, 'Keyboard shortcuts').waitFor(); // the script is there

  // Resume: the app is installed, and the firm goes on where it was. Assigning, snoozing and checking again take one page.
  await demo.procoreDoes('reinstall', { all_projects: true });
  const opened = new Set();
  support.page.on('request', (request) => {
    if (request.isNavigationRequest() && request.method() === 'GET') opened.add(new URL(request.url()).pathname);
  });
  await support.page.keyboard.press('a');
  await support.page.getByText('The case is yours.').waitFor();
  await field(support, 'Day').fill('1999-01-01');
  await field(support, 'Reason').fill('They are on site');
  await isRefused(support, 'Snooze until', { says: 'Choose a day from tomorrow on', at: 'day' });
  await support.check('snooze-refused');
  assert.equal(await field(support, 'Reason').inputValue(), 'They are on site');
  await field(support, 'Day').fill(new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10));
  await button(support, 'Snooze until').click();
  await support.page.getByText('It comes up earlier if its reason changes.').waitFor();
  await button(support, 'Check again now').click();
  await support.page.getByText('Done: The checks are running.').waitFor();
  assert.equal(opened.size, 1, `one page for all three: ${[...opened]}`);

  // The keys are listed, do nothing in a field, and can be turned off.
  const keys = support.page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await button(support, 'Keyboard shortcuts').waitFor();
  await support.page.keyboard.press('n');
  await support.page.keyboard.type('a?');
  assert.equal(await field(support, 'New note').inputValue(), 'a?');
  await field(support, 'New note').blur();
  await support.page.keyboard.press('?');
  await keys.waitFor();
  await support.check('shortcuts');
  await keys.getByLabel('Use these keys').uncheck();
  await button(support, 'Close').click();
  await support.page.keyboard.press('?');
  assert.ok(!(await keys.isVisible()), 'turned off');
  while (!(await support.page.getByText('Done: All checks passed.').isVisible())) await support.page.reload();
  await support.check('case-fixed');
  await admin.page.reload();
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'settings');
});

story('support takes a new firm in without a script', async ({ demo, open }) => {
  const support = await open({ javaScript: false });
  await signInSupport(support, demo);
  await support.page.getByRole('link', { name: 'New firm' }).click();
  await support.check('new-firm');
  await button(support, 'Create and invite').click();
  await support.check('new-firm-refused');
  await field(support, 'Name').fill('Northbank Builders');
  await field(support, 'Reference').fill('nb-77');
  await field(support, 'Email').fill('lee@northbank.example');
  await button(support, 'Create and invite').click();
  await heading(support, 'Northbank Builders').waitFor();
  await support.page.getByText('Nobody has begun.').waitFor();
  await support.check('case-new');
});
